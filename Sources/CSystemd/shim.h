#include <systemd/sd-daemon.h>
// sd_journal_send*() record CODE_FILE and CODE_LINE of the C call site unless this is set; ours come from swift-log.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

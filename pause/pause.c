/* The program of a pod's network container: it holds the network namespace and does nothing else.
 *
 * No libc: the whole image is this one file of a few kilobytes, and it is resident once per pod. Three system calls,
 * rt_sigprocmask, rt_sigtimedwait and wait4, made by hand below.
 *
 * All signals are blocked and taken with rt_sigtimedwait, because the kernel drops a signal sent to the first process of
 * a PID namespace unless it is handled or blocked (pid_namespaces(7)): without this `docker stop` would wait out its
 * grace and kill. SIGCHLD is taken too: should a pod ever share its PID namespace, orphans end up here and must be
 * reaped.
 */

#define SIG_SETMASK 2
#define SIGINT 2
#define SIGTERM 15
#define SIGCHLD 17
#define WNOHANG 1
#define EINTR 4

#if defined(__x86_64__)
enum { SYS_rt_sigprocmask = 14, SYS_wait4 = 61, SYS_exit_group = 231, SYS_rt_sigtimedwait = 128 };

static long call(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
enum { SYS_rt_sigprocmask = 135, SYS_wait4 = 260, SYS_exit_group = 94, SYS_rt_sigtimedwait = 137 };

static long call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#else
#error "pause.c knows x86_64 and aarch64"
#endif

/* The kernel's own sigset_t: 64 bits, signal n is bit n - 1. glibc's is larger and not what the calls take. */
typedef unsigned long kernel_sigset;
_Static_assert(sizeof(kernel_sigset) == 8, "the kernel takes a signal set of 8 bytes");

void _start(void)
{
	const kernel_sigset everything = ~0UL;
	const kernel_sigset awaited =
		1UL << (SIGINT - 1) | 1UL << (SIGTERM - 1) | 1UL << (SIGCHLD - 1);

	call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&everything, 0, sizeof everything);
	for (;;) {
		/* No siginfo wanted, no timeout. */
		long signal = call(SYS_rt_sigtimedwait, (long)&awaited, 0, 0, sizeof awaited);

		if (signal == SIGCHLD) {
			while (call(SYS_wait4, -1, 0, WNOHANG, 0) > 0)
				;
		} else if (signal != -EINTR) {
			/* SIGTERM or SIGINT, or a kernel that refuses the wait: ending says so, spinning would not. */
			call(SYS_exit_group, signal > 0 ? 0 : 1, 0, 0, 0);
		}
	}
}

# Minion. `make demo` and `make demo-cluster` show it, `make test` proves it; they install what they need (Debian 12, root, Swift 6.3).
.PHONY: help demo demo-cluster test check deb bench clean

help:
	@echo 'make demo          the founding story on this machine, and everything cleaned up after it'
	@echo 'make demo-cluster  a master and two minions on this machine, until Ctrl-C'
	@echo 'make test          checks, unit, integration and end-to-end tests, the package; some fifty minutes'
	@echo 'make check         formatting, import arrows, documents; and that each of these checks can fail'
	@echo 'make deb           the packages in build/, minion-agent and minion-master, checked by lintian'
	@echo 'make bench         the figures of docs/operations.md'
	@echo 'make clean         everything that was built'

demo:
	@scripts/demo

demo-cluster:
	@scripts/demo-cluster

test:
	@scripts/test

check:
	@scripts/install-prerequisites build check
	@scripts/check
	@scripts/check-plants

deb:
	@scripts/install-prerequisites build package
	@scripts/build-deb --lint

bench:
	@scripts/install-prerequisites build demo bench
	@scripts/private-engine run Benchmarks/run

clean:
	rm -rf build .build
	$(MAKE) -C pause clean

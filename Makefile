# e2e: builds its own tests and examples, runs them, installs three headers and a driver.
# Works with GNU make (4.0 or newer) and BSD make; -j is safe.
#
#   make deps check     install what is missing, build and run the tests
#   make deps demo      install what is missing, build and run the examples on real programs
#   make all            build tests and examples
#   make examples       build the examples
#   make bench          measure beside other libraries and drivers
#   make install        PREFIX, DESTDIR
#
# A source says what it needs in a comment line: /* e2e: libstrophe openssl -pthread */
# (pkg-config names; words that begin with - are passed to the compiler). See t/build.

CC = cc
CFLAGS = -O0 -g
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
PREFIX = /usr/local
JOBS = 2
PROVE = ./prove
VERSION = 0.1.0

HEADERS = e2e.h e2e_proc.h e2e_xmpp.h

.SUFFIXES:
.SUFFIXES: .c .t .bin
.PHONY: all tests examples check demo bench deps install uninstall clean lint

# What can be built here: not the programs whose packages are missing (make deps).
TESTS != sh t/build --list t
EXAMPLES != sh t/build --list examples
XMPP != (sh t/build --list t; sh t/build --list examples) 2>/dev/null | grep /xmpp || :

all: tests examples

tests: $(TESTS)

examples: $(EXAMPLES)

$(TESTS) $(EXAMPLES): e2e.h e2e_proc.h t/build
all $(XMPP): e2e_xmpp.h

.c.t:
	@CC='$(CC)' CFLAGS='$(CFLAGS) $(WARN)' LDFLAGS='$(LDFLAGS)' sh t/build $< $@

.c.bin:
	@CC='$(CC)' CFLAGS='$(CFLAGS) $(WARN)' LDFLAGS='$(LDFLAGS)' sh t/build $< $@

check: tests
	$(PROVE) -j$(JOBS) --timeout 300 -r t/

demo: examples
	$(PROVE) -j$(JOBS) --timeout 120 -r examples/
	sh examples/in_a_script.sh

bench:
	@CC='$(CC)' sh t/bench/run

deps:
	@sh t/deps

lint:
	@sh t/lint

install:
	mkdir -p '$(DESTDIR)$(PREFIX)/include' '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/lib/pkgconfig' \
		'$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/man/man3'
	for h in $(HEADERS); do [ ! -f $$h ] || cp $$h '$(DESTDIR)$(PREFIX)/include/'; done
	cp prove '$(DESTDIR)$(PREFIX)/bin/e2e-prove'
	chmod 755 '$(DESTDIR)$(PREFIX)/bin/e2e-prove'
	for m in doc/*.1; do [ ! -f $$m ] || cp $$m '$(DESTDIR)$(PREFIX)/share/man/man1/e2e-prove.1'; done
	for m in doc/*.3; do [ ! -f $$m ] || cp $$m '$(DESTDIR)$(PREFIX)/share/man/man3/'; done
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: e2e' 'Description: end-to-end tests in C' 'Version: $(VERSION)' \
		'Cflags: -I$${prefix}/include' > '$(DESTDIR)$(PREFIX)/lib/pkgconfig/e2e.pc'

uninstall:
	for h in $(HEADERS); do rm -f '$(DESTDIR)$(PREFIX)/include/'$$h; done
	rm -f '$(DESTDIR)$(PREFIX)/bin/e2e-prove' '$(DESTDIR)$(PREFIX)/lib/pkgconfig/e2e.pc' \
		'$(DESTDIR)$(PREFIX)/share/man/man1/e2e-prove.1' '$(DESTDIR)$(PREFIX)/share/man/man3/e2e.3'

clean:
	rm -f t/*.t t/*/*.bin examples/*.t
	rm -rf t/bench/bin

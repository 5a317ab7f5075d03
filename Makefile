# e2e: builds its own tests and examples, runs them, installs three headers and a driver.
# Works with GNU make (4.0 or newer) and BSD make; -j is safe.
#
#   make deps check     install what is missing, build and run the tests
#   make deps demo      install what is missing, build and run the examples on real programs
#   make all            build tests and examples
#   make examples       build the examples
#   make headers        join the rooms of src/ (any build does it where needed)
#   make fuzz           feed the parsers with mutated texts, under sanitizers: SEED=N for the same ones
#   make pictures       draw those of the README again, from what a failing example shows (Chromium)
#   make bench          measure beside other libraries and drivers
#   make install        PREFIX, DESTDIR, PKGCONFIGDIR
#   make dist           the release of what is committed, with checksums, in dist/
#   make deb            the Debian package of it
#
# A source says what it needs in a comment line: /* e2e: libstrophe openssl -pthread */
# (pkg-config names; words that begin with - are passed to the compiler). See t/build.
# What is missing is an error; MISSING=skip leaves out the programs that need it, and says so.

CC = cc
CFLAGS = -O0 -g
WARN = -DE2E__WARN -Wall -Wextra -Wpedantic -Wshadow -Wconversion
PREFIX = /usr/local
JOBS = 2
PROVE = ./prove
PKGCONFIGDIR = $(PREFIX)/lib/pkgconfig
MISSING =
SEED =

# Its one place.
VERSION != sed -n 's/^.define E2E_VERSION "\(.*\)"/\1/p' src/core/base.h 2>/dev/null || :

HEADERS = e2e.h e2e_proc.h e2e_xmpp.h
JOIN = src/join src/join.awk
CORE_ROOMS != ls -d src/core src/core/* 2>/dev/null || :
PROC_ROOMS != ls -d src/proc src/proc/* 2>/dev/null || :
XMPP_ROOMS != ls -d src/xmpp src/xmpp/* 2>/dev/null || :
DRIVER != ls -d src/join_prove src/core/base.h src/prove src/prove/* src/prove/*/* 2>/dev/null || :

.SUFFIXES:
.SUFFIXES: .c .t .bin
.PHONY: all anew headers tests examples check demo fuzz bench pictures deps dist deb install uninstall clean lint

# Every source is a program. Whether its packages are there is looked at when it is built, as deps may install them first.
TEST_PROGRAMS != sh t/build --programs t
EXAMPLE_PROGRAMS != sh t/build --programs examples

# What sources include, from here and from folders beside them, make doesn't know.
OUTDATED != sh t/build --outdated t examples

# With "make -j2 deps check", deps ends before anything is built: GNU make and BSD make have different words for that.
GNU_AFTER_DEPS != for goal in $(MAKECMDGOALS); do [ $$goal != deps ] || echo '| deps'; done
BSD_DEPS_FIRST != for goal in $(.TARGETS); do [ $$goal != deps ] || echo deps .WAIT; done

all: $(BSD_DEPS_FIRST) tests examples

headers: $(HEADERS) prove doc/e2e.3

# What comes out as it was keeps its date, so that nothing is built for it.
KEEP_DATE = if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

e2e.h: $(JOIN) $(CORE_ROOMS)
	@sh src/join core >$@.new || { rm -f $@.new; exit 1; }; $(KEEP_DATE)

e2e_proc.h: $(JOIN) $(PROC_ROOMS)
	@sh src/join proc >$@.new || { rm -f $@.new; exit 1; }; $(KEEP_DATE)

e2e_xmpp.h: $(JOIN) $(XMPP_ROOMS)
	@sh src/join xmpp >$@.new || { rm -f $@.new; exit 1; }; $(KEEP_DATE)

prove: $(DRIVER)
	@sh src/join_prove >$@.new || { rm -f $@.new; exit 1; }; chmod 755 $@.new; $(KEEP_DATE)

doc/e2e.3: src/e2e.3 src/man.awk $(CORE_ROOMS) $(PROC_ROOMS) $(XMPP_ROOMS)
	@(cd src && awk -f man.awk e2e.3) >$@.new || { rm -f $@.new; exit 1; }; $(KEEP_DATE)

tests: $(BSD_DEPS_FIRST) $(TEST_PROGRAMS)

examples: $(BSD_DEPS_FIRST) $(EXAMPLE_PROGRAMS)

$(TEST_PROGRAMS) $(EXAMPLE_PROGRAMS): $(HEADERS) t/build $(GNU_AFTER_DEPS)

$(OUTDATED): anew
anew:

.c.t:
	@CC='$(CC)' CFLAGS='$(CFLAGS) $(WARN)' LDFLAGS='$(LDFLAGS)' MISSING='$(MISSING)' sh t/build $< $@

.c.bin:
	@CC='$(CC)' CFLAGS='$(CFLAGS) $(WARN)' LDFLAGS='$(LDFLAGS)' MISSING='$(MISSING)' sh t/build $< $@

check: tests prove
	@MISSING='$(MISSING)' PROVE='$(PROVE) -j$(JOBS) --timeout 300' sh t/build --run t

demo: examples prove
	@MISSING='$(MISSING)' PROVE='$(PROVE) -j$(JOBS) --timeout 120' sh t/build --run examples
	sh examples/in_a_script.sh
	@printf '%s\n' '' 'Next:' \
		'  examples/hello.c      the shortest test: copy it with e2e.h and prove, and change it' \
		'  examples/daemon.c     a server of your own, from start to end; examples/README.md names the others' \
		'  ./prove --man         the driver; man ./doc/e2e.3 has every name of the headers' \
		'  examples/projects/    make, CMake, Meson, autotools, C++, and what CI services need'

# Each run has other texts; a failure says its seed.
fuzz: headers
	@seed='$(SEED)'; room=$$(mktemp -d) || exit; for source in t/fuzz/*.c; do \
		$(CC) -g -fsanitize=address,undefined -I. -pthread -o "$$room/fuzz" "$$source" && \
		./prove --timeout 600 "$$room/fuzz" $${seed:+:: --seed "$$seed"} || { rm -rf "$$room"; exit 1; }; \
	done; rm -rf "$$room"

bench:
	@CC='$(CC)' sh t/bench/run

deps:
	@sh t/deps

pictures: examples/story.t examples/xmpp_story.t prove
	@sh doc/pictures/draw

lint:
	@sh t/lint

dist: headers
	@sh src/packaging/dist

deb: headers
	@sh src/packaging/deb

install:
	mkdir -p '$(DESTDIR)$(PREFIX)/include' '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PKGCONFIGDIR)' \
		'$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/man/man3'
	for h in $(HEADERS); do [ ! -f $$h ] || cp $$h '$(DESTDIR)$(PREFIX)/include/'; done
	cp prove '$(DESTDIR)$(PREFIX)/bin/e2e-prove'
	chmod 755 '$(DESTDIR)$(PREFIX)/bin/e2e-prove'
	for m in doc/*.1; do [ ! -f $$m ] || cp $$m '$(DESTDIR)$(PREFIX)/share/man/man1/e2e-prove.1'; done
	for m in doc/*.3; do [ ! -f $$m ] || cp $$m '$(DESTDIR)$(PREFIX)/share/man/man3/'; done
	for p in e2e e2e-xmpp; do sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' src/packaging/$$p.pc.in \
		>'$(DESTDIR)$(PKGCONFIGDIR)'/$$p.pc || exit; done

uninstall:
	for h in $(HEADERS); do rm -f '$(DESTDIR)$(PREFIX)/include/'$$h; done
	rm -f '$(DESTDIR)$(PREFIX)/bin/e2e-prove' '$(DESTDIR)$(PKGCONFIGDIR)/e2e.pc' '$(DESTDIR)$(PKGCONFIGDIR)/e2e-xmpp.pc' \
		'$(DESTDIR)$(PREFIX)/share/man/man1/e2e-prove.1' '$(DESTDIR)$(PREFIX)/share/man/man3/e2e.3'

clean:
	rm -f t/*.t t/*/*.t t/*/broken/*.bin examples/*.t examples/*/*.t examples/*/broken/*.bin
	rm -rf t/bench/bin dist

/* What leaves the house: make install, make dist, make deb. Each is made from a copy of this tree and used as its receiver would. */
#include "prove/driver.h"

static const char hello[] = "#include <e2e.h>\nE2E_TEST(a) { e2e_pass(); }\nE2E_MAIN()\n";

static e2e_result sh(const char *text)
{
	return e2e_run("sh", "-ec", e2e_printf("exec 2>&1\n%s", text));
}

static e2e_result works(const char *text)
{
	e2e_result r = sh(text);
	e2e_must(e2e_is_int(r.status, 0, "%s: %s", text, r.out));
	return r;
}

static e2e_result is_refused(const char *text, const char *why)
{
	e2e_result r = sh(text);
	e2e_isnt_int(r.status, 0);
	e2e_like(r.out, why);
	return r;
}

/* A clone as somebody has it who knows nothing of this one: what is built is not in it, what make above says is unsaid. */
static void in_a_clone(void)
{
	static const char *const gone[] = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKE", "CC", "CFLAGS", "LDFLAGS", "PREFIX", "DESTDIR", "PKG_CONFIG_PATH"};
	size_t i;

	e2e_require_command("git");
	e2e_require_command("make");
	enter();
	for (i = 0; i < sizeof gone / sizeof *gone; i++)
		e2e_setenv(gone[i], NULL);
	e2e_setenv("TMPDIR", e2e_tmpdir());
	e2e_setenv("GIT_CONFIG_NOSYSTEM", "1");
	e2e_proc_timeout(300);
	mkdir("clone", 0777);
	works(e2e_printf("(cd '%s' && tar -cf - --exclude=./.git --exclude='*.t' --exclude='*.bin' --exclude=./dist --exclude=./t/bench/bin .) |"
	                 "tar -xf - -C clone",
	                 started_in));
	e2e_chdir(e2e_printf("%s/clone", e2e_tmpdir()));
	works("git init -q . && git config user.name t && git config user.email t@t.invalid && git add -A && git commit -qm all");
}

/* The version: in src/core/base.h, and where people write it by hand. */
E2E_TEST(one_version)
{
	enter();
	e2e_like(e2e_run(driver, "--version").out, "^prove \\(e2e\\) " E2E_VERSION ", ");
	e2e_like(read_file(e2e_printf("%s/doc/CHANGELOG.md", started_in)), "^# Changes\n\n[^#]*\n## " E2E_VERSION "\n");
	e2e_like(read_file(e2e_printf("%s/src/packaging/debian/changelog", started_in)), "^e2e \\(" E2E_VERSION "-[0-9]+\\) ");
	e2e_is_str(sh(e2e_printf("cd '%s' && git grep -lF '" E2E_VERSION "' -- Makefile src ':!src/packaging/debian' 2>/dev/null || "
	                         "grep -rlF --exclude-dir=debian '" E2E_VERSION "' Makefile src",
	                         started_in))
	               .out,
	           "src/core/base.h\n");
}

E2E_TEST(install_and_uninstall, .timeout = 300)
{
	e2e_require_command("pkg-config");
	e2e_require_command("cc");
	in_a_clone();
	works("make install DESTDIR=\"$TMPDIR/root\" PREFIX=/opt/e2e");
	e2e_chdir(e2e_tmpdir());
	e2e_is_str(sh("cd root && find . -type f | sort").out, "./opt/e2e/bin/e2e-prove\n./opt/e2e/include/e2e.h\n./opt/e2e/include/e2e_proc.h\n"
	                                                        "./opt/e2e/include/e2e_xmpp.h\n./opt/e2e/lib/pkgconfig/e2e-xmpp.pc\n"
	                                                        "./opt/e2e/lib/pkgconfig/e2e.pc\n./opt/e2e/share/man/man1/e2e-prove.1\n"
	                                                        "./opt/e2e/share/man/man3/e2e.3\n");
	text_file("hello.c", hello);
	e2e_setenv("PKG_CONFIG_PATH", e2e_printf("%s/root/opt/e2e/lib/pkgconfig", e2e_tmpdir()));
	e2e_setenv("PKG_CONFIG_SYSROOT_DIR", e2e_printf("%s/root", e2e_tmpdir()));
	e2e_is_str(sh("pkg-config --modversion e2e").out, E2E_VERSION "\n");
	works("cc -o hello.t hello.c $(pkg-config --cflags --libs e2e)");
	e2e_like(works("root/opt/e2e/bin/e2e-prove hello.t").out, "\nResult: PASS\n");

	/* and what the header for XMPP needs */
	e2e_setenv("PKG_CONFIG_SYSROOT_DIR", NULL);
	e2e_subtest("e2e-xmpp.pc") {
		e2e_skip_if(e2e_run("pkg-config", "--exists", "libstrophe", "openssl", "libsodium").status != 0, "a library is missing");
		e2e_like(works("pkg-config --cflags --libs e2e-xmpp").out, "-I/opt/e2e/include .*-lstrophe");
	}

	works("cd clone && make uninstall DESTDIR=\"$TMPDIR/root\" PREFIX=/opt/e2e");
	e2e_is_str(sh("find root -type f").out, "");
}

E2E_TEST(release, .timeout = 300)
{
	in_a_clone();
	works("make dist");
	e2e_like(works("cd dist && sha256sum -c SHA256SUMS").out, "^e2e-" E2E_VERSION "[.]tar[.]gz: OK\ne2e.h: OK\ne2e_proc.h: OK\ne2e_xmpp.h: OK\nprove: OK\n$");
	e2e_is_file("dist/e2e_proc.h", "e2e_proc.h");
	e2e_is_str(sh("git status --porcelain").out, "", "the tree is as it was");

	/* the same again, and from another clone */
	works("cp -R dist first && rm -rf dist && git clone -q . other && cd other && make dist");
	e2e_is_tree("other/dist", "first");
	works("rm -rf other");

	/* what was damaged on the way is seen */
	works("printf x >>first/prove");
	is_refused("cd first && sha256sum -c SHA256SUMS", "prove: FAILED");

	/* it is whole: examples are built and run from it */
	works("cd first && tar -xzf e2e-*.tar.gz && cd e2e-" E2E_VERSION " && make examples/hello.t && ./prove examples/hello.t && sh src/join_prove | cmp - prove");
	works("rm -rf first");

	/* only what is committed, and has its chapter */
	works("echo >>README.md");
	is_refused("make dist", "commit first, or put aside:  M README.md");
	works("git checkout -q README.md && sed 's/^## " E2E_VERSION "$/## Next/' doc/CHANGELOG.md >new && mv new doc/CHANGELOG.md && git commit -qam next");
	is_refused("make dist", "doc/CHANGELOG.md has no chapter " E2E_VERSION "; src/core/base.h is where the version is");
	works("rm -rf .git");
	is_refused("make dist", "it packs what is committed: run it in a clone");
}

E2E_TEST(debian_package, .timeout = 300)
{
	const char *root;
	e2e_require_command("dpkg-buildpackage");
	e2e_require_command("dh");
	e2e_require_command("lintian");
	e2e_require_command("fakeroot");
	in_a_clone();
	works("make deb");
	e2e_is_str(sh("lintian --allow-root --fail-on error,warning dist/*.changes").out, "");

	/* into a root in which there is nothing but dpkg's notes */
	e2e_chdir(e2e_tmpdir());
	works("mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates && : >root/var/lib/dpkg/status");
	root = "PATH=/usr/sbin:/sbin:$PATH fakeroot dpkg --root=root --log=/dev/null --force-not-root,script-chrootless";
	works(e2e_printf("%s -i clone/dist/*.deb", root));
	e2e_like(sh("dpkg --root=root -s e2e").out, "\nStatus: install ok installed\n");
	text_file("hello.c", hello);
	works("cc -isystem root/usr/include -o hello.t hello.c");
	e2e_like(works("root/usr/bin/e2e-prove hello.t").out, "\nResult: PASS\n");
	e2e_is_str(sh("PKG_CONFIG_LIBDIR=root/usr/share/pkgconfig pkg-config --modversion e2e").out, E2E_VERSION "\n");
	works("cd root/usr/share && ls man/man1/e2e-prove.1.gz man/man3/e2e.3.gz doc/e2e/examples/hello.c");

	works(e2e_printf("%s -P e2e", root));
	e2e_ok(access("root/usr", F_OK) != 0, "nothing of it is left");
}

E2E_MAIN()

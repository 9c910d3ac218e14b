/*
 * main: finds the applet from argv[0] or the first argument, runs it, flushes standard output, checks that flush
 * and sets the final status. Also what only the multiplexer does: --list, --install and the rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fmt.h"
#include "install.h"
#include "map.h"
#include "msg.h"
#include "near.h"
#include "opt.h"
#include "os.h"
#include "out.h"
#include "par.h"

/* The list is made by the Makefile: a line APPLET(mmcat) for each file in applets/. */
#define APPLET(name) extern const struct applet name##_applet;
#include "applets.inc"
#undef APPLET

static const struct applet *const applets[] = {
#define APPLET(name) &name##_applet,
#include "applets.inc"
#undef APPLET
	NULL,
};

enum { NOT_FOUND = 127 };

static struct {
	int list, list_full, install, symlinks, classic, force;
} conf;

static const struct opt options[] = {
	{.name = "list", OPT_FLAG(&conf.list), OPT_HELP("list the applets, a name a line")},
	{.name = "list-full", OPT_FLAG(&conf.list_full), OPT_HELP("list the paths to install them under")},
	{.name = "install", OPT_FLAG(&conf.install),
	 OPT_HELP("install links to this program in the given folder, or in /usr/bin")},
	{.letter = 's', .name = "symlinks", OPT_FLAG(&conf.symlinks),
	 OPT_HELP("with --install: symbolic links instead of hard ones")},
	{.name = "classic", OPT_FLAG(&conf.classic),
	 OPT_HELP("with --install and the lists: the classic names (cat, cp, ...) too")},
	{.name = "force", OPT_FLAG(&conf.force), OPT_HELP("with --install: replace what exists")},
	OPT_END,
};

static int multiplex(int argc, char **argv);

static const struct applet multiplexer = {
	.name = "mmtools",
	.summary = "mmap(2) for the shell: files, devices, shared memory, the page cache",
	.usage = "APPLET [ARGUMENT]...\n--help [APPLET]\n--install [-s] [--classic] [--force] [DIR]\n--list | --list-full",
	.options = options,
	.run = multiplex,
};

/* Calls visit for each name of the applet, classic ones too when asked for, until one call says nonzero. */
static int each_name(const struct applet *a, bool classic, int (*visit)(const char *, void *), void *arg)
{
	char name[32];
	int stop = visit(a->name, arg);

	for (const char *word = classic ? a->classic : NULL; word && *word && !stop; word += strspn(word, " ")) {
		size_t len = strcspn(word, " ");

		fmt_text(name, sizeof name, "%.*s", (int)len, word);
		stop = visit(name, arg);
		word += len;
	}
	return stop;
}

static int is_name(const char *name, void *wanted)
{
	return strcmp(name, wanted) == 0;
}

static const struct applet *find_applet(const char *name)
{
	for (const struct applet *const *a = applets; *a; a++)
		if (each_name(*a, true, is_name, (void *)(uintptr_t)name)) {
			for (const struct applet *const *face = (*a)->faces; face && *face; face++)
				if (each_name(*face, true, is_name, (void *)(uintptr_t)name))
					return *face;
			return *a;
		}
	return NULL;
}

static int offer_name(const char *name, void *near)
{
	near_offer(near, name);
	return 0;
}

static int not_found(const char *name)
{
	struct near near = {.wanted = name};
	const struct applet *const *a = applets;

	msg_warn("%s: applet not found", msg_name(name));
	for (; *a; a++)
		each_name(*a, true, offer_name, &near);
	if (*near.name)
		msg_raw("Did you mean '%s'?\n", near.name);
	return NOT_FOUND;
}

static int list_name(const char *name, void *arg)
{
	(void)arg;
	out_printf("%s%s\n", conf.list_full ? "usr/bin/" : "", name);
	return 0;
}

static int install_name(const char *name, void *to)
{
	if (install_link(to, name) < 0)
		msg_raise(1);
	return 0;       /* the other names are linked all the same */
}

static int install(const char *folder)
{
	struct install to;

	if (install_open(&to, folder, conf.symlinks, conf.force) < 0)
		return 1;
	for (const struct applet *const *a = applets; *a; a++)
		each_name(*a, conf.classic, install_name, &to);
	install_close(&to);
	return 0;
}

static int overview(void)
{
	opt_version();
	out_text("\n");
	opt_help(&multiplexer);
	out_text("\nApplets:\n");
	for (const struct applet *const *a = applets; *a; a++)
		out_printf("  %-10s %s\n", (*a)->name, (*a)->summary);
	return 0;
}

/* The part of a path behind the last slash. */
static const char *last_part(const char *path)
{
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

static int multiplex(int argc, char **argv)
{
	if (argc > (conf.install ? 1 : 0))
		opt_misuse("extra operand %s", msg_quote(argv[conf.install ? 1 : 0]));
	if (conf.install)
		return install(argc > 0 ? argv[0] : "/usr/bin");
	if (conf.list || conf.list_full)
		for (const struct applet *const *a = applets; *a; a++)
			each_name(*a, conf.classic, list_name, NULL);
	else
		return overview();
	return 0;
}

/* A descriptor that the caller closed must not be given to the first file we open. */
static void hold_standard_descriptors(void)
{
	struct pollfd fds[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};

	if (poll(fds, 3, 0) <= 0)
		return;
	for (int i = 0; i < 3; i++)
		/* in the wrong direction, so that use still fails with EBADF; where there is no /dev, what may only be looked at */
		if ((fds[i].revents & POLLNVAL) && open("/dev/null", i == 0 ? O_WRONLY : O_RDONLY) < 0 &&
		    open("/", os_open_look & ~O_CLOEXEC) < 0)
			exit(2);
}

/* Flushes what was printed, and returns the final status: what msg_fail has said is not forgotten by an applet. */
static int finish(int status)
{
	int worst = opt_applet && opt_applet->output_status ? opt_applet->output_status : 1;

	if (status == 0)
		status = msg_status;
	out_flush();
	if (out_error() == 0)
		return status;
	errno = out_error();
	msg_warn_errno("write error");
	return status > worst ? status : worst;
}

/* Runs `applet` under the name it was called by. */
static int run(const struct applet *applet, const char *name, int argc, char **argv)
{
	const char *bad_variable;
	int n;

	if (msg_name(name) == name)     /* else it would have to be quoted in every message */
		msg_program = name;
	opt_applet = applet;
	bad_variable = map_configure();
	if (!bad_variable && getenv("MMTOOLS_THREADS") && par_threads() == 0)
		bad_variable = "MMTOOLS_THREADS";
	if (bad_variable)
		opt_misuse("%s: invalid value %s", bad_variable, msg_quote(getenv(bad_variable)));
	n = opt_parse(argc, argv);
	return finish(n < 0 ? 0 : (opt_verb ? opt_verb->run : applet->run)(n, argv));
}

static int help(const char *name)
{
	const struct applet *applet = name ? find_applet(name) : NULL;

	if (!name)
		return finish(overview());
	if (!applet)
		return not_found(name);
	msg_program = name;
	opt_help(applet);
	return finish(0);
}

int main(int argc, char **argv)
{
	const char *called = argc > 0 && argv[0] ? argv[0] : "mmtools";
	const char *base = last_part(called);
	const struct applet *applet;

	if (os_drop_privileges() < 0)
		msg_die(2, "cannot drop privileges");
	hold_standard_descriptors();
	if (*base == '-')       /* a login shell's habit */
		base++;
	applet = find_applet(base);
	if (!applet && strncmp(base, "mmtools", 7) != 0 && *base) {
		if (!applets[0] || applets[1])
			return not_found(base);
		applet = applets[0];    /* a build of one applet runs it under any name */
	}
	if (applet)
		return run(applet, base, argc, argv);
	opt_applet = &multiplexer;
	if (argc > 1 && argc < 4 && strcmp(argv[1], "--help") == 0)
		return help(argv[2]);
	if (argc < 2 || argv[1][0] == '-')
		return run(&multiplexer, *base ? base : "mmtools", argc, argv);
	applet = find_applet(argv[1]);
	return applet ? run(applet, argv[1], argc - 1, argv + 1) : not_found(argv[1]);
}

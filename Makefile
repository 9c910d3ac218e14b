# mmtools: one multi-call binary. Adding applets/mmX.c, or a folder applets/mmX, is all it takes to have applet X.
#
#   make                          build/mmtools; build/mmtools.links: the paths of its names, a line each (CLASSIC=1)
#   make check                    all tests (gets bats when it is missing)
#   make check-devices            mmdev on traced devices, in guests under qemu; check-rootfs: a system that boots with mmtools
#   make bench                    beside the peers; QUICK=1: in two minutes; make size: where the bytes of a static program go
#   make install DESTDIR= PREFIX=/usr     CLASSIC=1: cat, cp and the like, too; install-strip: no symbols
#   make CC=musl-gcc STATIC=1     a static binary; CROSS_COMPILE=arm-linux-gnueabihf- for another machine
#   make APPLETS="mmcat mmcp"     those two alone; make PROFILE=small without threads and what --help says of options
VERSION  = 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
APPLETS ?= $(sort $(basename $(notdir $(wildcard applets/*))))
PROFILE ?= full

# A bare gcc or cc is the one of the machine that CROSS_COMPILE names; any other CC is taken as it is.
ifneq ($(filter default,$(origin CC))$(and $(CROSS_COMPILE),$(filter cc gcc,$(CC))),)
override CC := $(CROSS_COMPILE)gcc
endif
STRIP   ?= $(CROSS_COMPILE)strip
smallest := $(shell $(CC) -Oz -E -x c /dev/null >/dev/null 2>&1 && echo -Oz || echo -Os)
# A static program is compiled as a whole, where the compiler is gcc: 2 to 7 KB.
whole   := $(if $(STATIC),$(shell o='-flto -flto-partition=none'; $(CC) $$o -E -x c /dev/null >/dev/null 2>&1 && echo $$o))
CFLAGS  ?= $(smallest) $(whole) -g -Wall -Wextra

language = -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
paths    = '-fdebug-prefix-map=$(CURDIR)=.' '-fdebug-prefix-map=$(BUILD)=build'
layout   = -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
compile  = $(CC) $(language) -DMMTOOLS_VERSION='"$(VERSION)"' -Icore -I$(BUILD) $(layout) $(CPPFLAGS) $(CFLAGS) $(if $(STATIC),-fno-pie) \
           $(if $(filter small,$(PROFILE)),-DMMTOOLS_SMALL)
link     = $(CC) $(layout) $(CFLAGS) -Wl,--gc-sections $(if $(STATIC),-static -no-pie $(packed)) -pthread -lrt $(LDFLAGS)
# Segments of a static program one behind the other in the file, without padding to pages: up to 5 KB. Large buffers lie
# before all small variables, so that a start touches three pages less.
packed   = -Wl,-z,noseparate-code,-z,norelro,-z,common-page-size=16,--sort-section=alignment

sources = $(sort $(wildcard core/*.c) $(foreach a,$(APPLETS),$(call sources_of,$a)))
# A file or a folder; the file where there is neither, so that make names what is missing.
sources_of = $(or $(wildcard applets/$1.c applets/$1/*.c),applets/$1.c)
objects = $(sources:%.c=$(BUILD)/%.o)
pages   = $(patsubst docs/man/%.in,docs/man/%,$(wildcard docs/man/*.in))

all: $(BUILD)/mmtools links
$(BUILD)/mmtools: $(objects) $(BUILD)/flags
	$(link) $(paths) $(objects) -o $@

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(compile) $(paths) -MMD -MP -c $< -o $@

# Written anew only when something changed, so that new flags or applets rebuild what they must.
refresh = @mkdir -p $(@D); $1 | cmp -s - $@ || $1 >$@
quoted  = '$(subst ','\'',$1)'
$(BUILD)/flags: FORCE
	$(call refresh,printf '%s\n' $(call quoted,$(compile) $(link)))
$(BUILD)/applets.inc: FORCE
	$(call refresh,printf '%s\n' $(call quoted,$(foreach a,$(APPLETS),APPLET($a))))
$(BUILD)/core/main.o: $(BUILD)/applets.inc

# The names stand in the applets' descriptors, so that no program of another machine need be run to know them.
names = $(sort $(shell awk -F '"' '/^const struct applet mm[a-z]*_applet / { on = 1 } /^}/ { on = 0 } \
        on && /^[ \t]*\.(name$(if $(CLASSIC),|classic)) = / { print $$2 }' $(sources)))
links: $(BUILD)/mmtools.links
$(BUILD)/mmtools.links: FORCE
	$(call refresh,printf '%s/bin/%s\n' $(foreach n,$(names),$(call quoted,$(PREFIX:/%=%)) $n))

check: $(BUILD)/mmtools
	MMTOOLS="$(abspath $<)" sh tests/check.sh

check-devices check-rootfs:
	BUILD=$(BUILD) bash tests/$(@:check-%=%)/run || [ $$? = 77 ]

bench: $(BUILD)/mmtools
	MMTOOLS="$(abspath $<)" sh tests/bench/run $(if $(QUICK),--quick)
size:; @tests/size

# A manual page is what --help says with the prose of its .in file around it.
docs: $(pages)
docs/man/%.1: docs/man/%.1.in $(BUILD)/mmtools
	awk -v program=$(BUILD)/mmtools -v name=$* -f docs/man/page.awk $< >$@.new && mv $@.new $@

bin  = $(DESTDIR)$(PREFIX)/bin
man  = $(DESTDIR)$(PREFIX)/share/man/man1
bash = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
zsh  = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
install: $(BUILD)/mmtools
	install -d -m 755 '$(bin)' '$(man)' '$(bash)' '$(zsh)'
	install -m 755 $< '$(bin)/mmtools'
	cat core/completion.sh core/completion.bash >'$(bash)/mmtools' && chmod 644 '$(bash)/mmtools'
	{ echo '#compdef mmtools $(names)'; cat core/completion.sh core/completion.zsh; } >'$(zsh)/_mmtools' && chmod 644 '$(zsh)/_mmtools'
	for a in $(names); do ln -sf mmtools '$(bin)'/$$a && ln -sf mmtools '$(bash)'/$$a || exit; done
	for p in mmtools $(APPLETS); do [ ! -e docs/man/$$p.1 ] || install -m 644 docs/man/$$p.1 '$(man)' || exit; done

install-strip: install
	$(or $(STRIP),true) '$(bin)/mmtools'

uninstall: CLASSIC = 1
uninstall:
	for f in $(patsubst %,'$(bin)'/%,$(names)) $(patsubst %,'$(bash)'/%,$(names)); do \
		[ "$$(readlink "$$f")" != mmtools ] || rm -f "$$f" || exit; done
	rm -f '$(bin)/mmtools' '$(bash)/mmtools' '$(zsh)/_mmtools' $(patsubst %,'$(man)'/%.1,mmtools $(APPLETS))

clean:
	rm -rf $(BUILD)
-include $(objects:.o=.d)
FORCE:
.PHONY: all links size check check-devices check-rootfs bench docs install install-strip uninstall clean FORCE

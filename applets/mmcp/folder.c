#include "folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "mmcp.h"
#include "msg.h"
#include "par.h"

int folder_make(const struct entry *dst, const struct stat *st)
{
	return mkdirat(dst->dir, dst->name, keep_folder_first_mode(st));
}

bool folder_begin(const struct meta_file *copy, const struct stat *now, const struct stat *st, const char *path,
                  struct mirror_todo *todo)
{
	mode_t mode = now->st_mode & 07777, open = mode | S_IRWXU;

	todo->fresh = true;
	todo->mode = keep_folder_last_mode(st, mode);
	return mode == open || meta_set_mode(copy, open) == 0 ||
	       msg_fail_path("setting permissions for", path);
}

void folder_finish(const struct meta_file *from, const struct stat *st, const struct meta_file *copy,
                   const struct entry *dst, const struct mirror_todo *todo)
{
	if (cp_conf.jobs > 1)
		par_wait();
	if (todo->fresh)
		keep_set_folder_mode(todo->mode, copy, dst->path);
	keep_set(from, st, copy, dst->path, true);
	if (cp_conf.sync) {
		file_sync_folder(&(struct entry){copy->look, ".", dst->path});
		file_sync_folder(dst);
	}
}

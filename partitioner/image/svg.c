#include "image/show.h"
int bh_show_svg(const struct bh_plan_file *file, const struct bh_machine *machine,
		const char *title, FILE *out)
{
	(void)file; (void)machine; (void)title; (void)out;
	return -38;
}

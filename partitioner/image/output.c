// SPDX-License-Identifier: GPL-2.0-only
#include "image/output.h"

#include <errno.h>
#include <string.h>

#include "image/child.h"

static ssize_t put(void *cookie, const char *bytes, size_t len)
{
	struct bh_output *output = cookie;

	if (!output->err)
		output->err = bh_write_all(output->fd, bytes, len);
	return output->err ? 0 : (ssize_t)len;
}

int bh_output_open(struct bh_output *output, int fd)
{
	*output = (struct bh_output){ .fd = fd };
	output->stream = fopencookie(output, "w", (cookie_io_functions_t){ .write = put });
	return output->stream ? 0 : bh_error(-ENOMEM, "output");
}

void bh_output_close(struct bh_output *output)
{
	if (output->stream)
		fclose(output->stream);
	memset(output, 0, sizeof(*output));
}

int bh_output_flush(struct bh_output *output)
{
	fflush(output->stream);
	return output->err;
}

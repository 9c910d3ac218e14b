#include "act.h"

#include <errno.h>
#include <inttypes.h>

#include "msg.h"
#include "out.h"

bool act_get(struct act *a, const struct cell *c, uint64_t *value)
{
	if (device_read(&a->device, c->address, c->bytes, value))
		return true;
	out_flush();
	device_explain(&a->device, c->address);
	return false;
}

int act_get_of_many(struct act *a, const struct cell *c, uint64_t *value)
{
	bool first = !a->tried;

	a->tried = true;
	if (device_read(&a->device, c->address, c->bytes, value))
		return 0;
	if (device_lacks_word(errno) || a->explained)
		return NO;
	out_flush();
	device_explain(&a->device, c->address);
	a->explained = true;
	return first ? TROUBLE : NO;
}

int act_put(struct act *a, const struct cell *c, uint64_t value)
{
	int digits = 2 * (int)c->bytes;
	uint64_t back;

	if (!device_write(&a->device, c->address, c->bytes, value)) {
		device_explain(&a->device, c->address);
		return TROUBLE;
	}
	if (!a->request->verify)
		return 0;
	if (!act_get(a, c, &back))
		return TROUBLE;
	if (((back ^ value) & a->request->verified) == 0)
		return 0;
	msg_warn("%s: 0x%" PRIx64 ": wrote 0x%0*" PRIX64 ", and it reads 0x%0*" PRIX64, msg_name(a->device.name),
	         c->address, digits, value, digits, back);
	return NO;
}

void act_print(const struct act *a, const struct cell *c, uint64_t value)
{
	if (a->request->json)
		cell_json(c, NULL, true, value);
	else {
		cell_print_value(c->bytes, value);
		out_text("\n");
	}
}

void act_hint(struct act *a, const struct cell *c, uint64_t value)
{
	/* words of ones of so few bits are nothing special */
	if (c->bytes < 4 || value != cell_ones(c->bytes))
		return;
	out_flush();
	device_hint_ones(&a->device, c->address);
}

/* SPDX-License-Identifier: MIT */
#include "contract/event.h"

#include <string.h>

#include "base/banned.h"
#include "contract/cbor.h"

enum { CPF_LEN = 11, CARD_LEN_MIN = 6, E164_DIGITS_MIN = 8, E164_DIGITS_MAX = 15 };

static bool is_digits(const char *text, size_t len_min, size_t len_max)
{
	size_t len = 0;

	while (text[len] >= '0' && text[len] <= '9')
		len++;
	return text[len] == '\0' && len >= len_min && len <= len_max;
}

static bool is_e164(const char *text)
{
	return text[0] == '+' && text[1] != '0' &&
	       is_digits(text + 1, E164_DIGITS_MIN, E164_DIGITS_MAX);
}

static bool is_member(enum member_kind kind, const char *member)
{
	switch (kind) {
	case MEMBER_NONE: return member[0] == '\0';
	case MEMBER_CARD: return is_digits(member, CARD_LEN_MIN, MEMBER_LEN_MAX);
	case MEMBER_CPF: return is_digits(member, CPF_LEN, CPF_LEN);
	case MEMBER_PHONE: return is_e164(member);
	case MEMBER_KIND_COUNT_: break;
	}
	return false;
}

/* Form; somebody or some number must be there. */
static bool is_person(const struct person *person)
{
	return is_member(person->kind, person->member) &&
	       (person->phone[0] == '\0' ? person->kind != MEMBER_NONE
					 : is_e164(person->phone));
}

static const char *const prefix[MEMBER_KIND_COUNT_] = {
    [MEMBER_CARD] = "card:", [MEMBER_CPF] = "cpf:", [MEMBER_PHONE] = "phone:"};

enum err person_parse(const char *text, struct person *ret_person)
{
	for (int i = MEMBER_NONE + 1; i < MEMBER_KIND_COUNT_; i++) {
		const size_t len = strlen(prefix[i]);
		struct person person = {.kind = (enum member_kind)i};
		if (strncmp(text, prefix[i], len) != 0)
			continue;
		if (text_copy(person.member, sizeof(person.member), text + len) !=
			ERR_NONE ||
		    !is_person(&person))
			return ERR_FORMAT;
		*ret_person = person;
		return ERR_NONE;
	}
	return ERR_FORMAT;
}

void person_format(const struct person *person, char *out)
{
	struct sink text = sink_of(out, MEMBER_TEXT_LEN_MAX + 1);

	if (person->kind > MEMBER_NONE && person->kind < MEMBER_KIND_COUNT_) {
		sink_put(&text, bytes_of_text(prefix[person->kind]));
		sink_put(&text, bytes_of_text(person->member));
	}
	sink_u8(&text, '\0');
}

void person_wipe(struct person *person)
{
	explicit_bzero(person, sizeof(*person));
}

enum err person_encode(const struct person *person, struct sink *out)
{
	if (!is_person(person))
		return ERR_RANGE;
	cbor_put_array(out, 3);
	cbor_put_uint(out, (uint64_t)person->kind);
	cbor_put_text(out, person->member);
	cbor_put_text(out, person->phone);
	return out->over ? ERR_LIMIT : ERR_NONE;
}

enum err person_decode(struct bytes bytes, struct person *ret_person)
{
	struct cursor in = cursor_of(bytes);
	struct person person = {0};
	enum err err = ERR_FORMAT;
	uint64_t kind = 0;
	size_t count = 0;

	if (cbor_get_array(&in, 3, &count) != ERR_NONE || count != 3 ||
	    cbor_get_uint(&in, MEMBER_KIND_COUNT_ - 1, &kind) != ERR_NONE ||
	    cbor_get_text_copy(&in, person.member, sizeof(person.member)) != ERR_NONE ||
	    cbor_get_text_copy(&in, person.phone, sizeof(person.phone)) != ERR_NONE ||
	    in.left > 0)
		goto done;
	person.kind = (enum member_kind)kind;
	if (!is_person(&person))
		goto done;
	*ret_person = person;
	err = ERR_NONE;
done:
	person_wipe(&person);
	return err;
}

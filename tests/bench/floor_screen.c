/* SPDX-License-Identifier: MIT */
/* The least that a program with our libraries on an ncurses screen costs: maps
 * the same libraries as balcao, draws one screen, changes one line a key, ends
 * with 'q'. The floor for memory, start and key to screen. */
#include <argon2.h>
#include <cyaml/cyaml.h>
#include <jansson.h>
#include <libusb.h>
#include <locale.h>
#include <psa/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#define NCURSES_WIDECHAR 1
#include <ncurses.h>

/* One symbol of each library, so that the linker keeps them all. */
static const void *volatile kept[8];

static void keep_libraries(void)
{
	kept[0] = (const void *)argon2_error_message(0);
	kept[1] = (const void *)cyaml_version_str;
	kept[2] = (const void *)json_null();
	kept[3] = (const void *)libusb_get_version();
	kept[4] = (const void *)sqlite3_libversion();
	kept[5] = (const void *)ZSTD_versionString();
}

int main(void)
{
	keep_libraries();
	if (psa_crypto_init() != PSA_SUCCESS)
		return EXIT_FAILURE;
	setlocale(LC_ALL, "C.UTF-8");
	initscr();
	cbreak();
	noecho();
	for (int row = 0; row < LINES; row++)
		mvprintw(
		    row, 0, "%3d  7891000315507  REFRIGERANTE 2L   1 x 8,99  8,99", row);
	refresh();
	for (int n = 0, key = 0; (key = getch()) != 'q'; n++) {
		mvprintw(LINES / 2, 5, "key %d number %d      ", key, n);
		refresh();
	}
	endwin();
	return EXIT_SUCCESS;
}

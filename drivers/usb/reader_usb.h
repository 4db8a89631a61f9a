/* SPDX-License-Identifier: MIT */
#ifndef USB_READER_USB_H
#define USB_READER_USB_H

/*
 * The argument of reader_usb: which keyboards the technician assigned as
 * scanners, one rule after the other separated by ';', each
 *     [PORT@]VVVV:PPPP=LAYOUT
 * with PORT as "1-1.2", vendor and product hexadecimal (0000: any), LAYOUT "us"
 * or "abnt2". NULL or "": only keyboards that call themselves scanners are taken.
 */
enum { READER_USB_RULES_MAX = 16, READER_USB_RULE_LEN_MAX = 64 };

#endif

/* SPDX-License-Identifier: MIT */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* Include after the system headers: these names are traps (no bound, hidden
 * state, a shell, or no error). */
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok
#pragma GCC poison atoi atol atof gmtime localtime ctime asctime system

#endif

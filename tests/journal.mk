# Faults on command: the n-th write, flush or rename fails.
EXTRA_tests/drivers/os/test_file := -Wl,--wrap=write -Wl,--wrap=fsync -Wl,--wrap=renameat
EXTRA_tests/sync/test_journal := -Wl,--wrap=posix_fallocate64
EXTRA_tests/sync/test_exchange := -Wl,--wrap=renameat2

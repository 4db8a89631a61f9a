EXTRA_tests/sync/carrier/test_carry := -Wl,--wrap=fsync

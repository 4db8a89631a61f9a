$(B)/tests/drivers/usb/test_devices: $(B)/tests/drivers/usb/device_file.o
EXTRA_tests/drivers/usb/test_devices := $(B)/tests/drivers/usb/device_file.o
$(B)/tests/drivers/usb/test_reader_usb: $(B)/tests/drivers/usb/fake_device.o
EXTRA_tests/drivers/usb/test_reader_usb := $(B)/tests/drivers/usb/fake_device.o $(shell $(PKG_CONFIG) --libs umockdev-1.0 2>/dev/null)
$(B)/tests/drivers/usb/%.o: CPPFLAGS += -D_GNU_SOURCE $(patsubst -I%,-isystem %,$(call pc_cflags,umockdev-1.0 libusb-1.0))

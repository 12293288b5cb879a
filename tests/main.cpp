#define CATCH_CONFIG_MAIN  // version 2 alone; version 3 brings its main in a library
#include "tests/support/catch.h"

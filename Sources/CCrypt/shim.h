// glibc's companion library: `crypt_r` verifies bcrypt hashes.
#pragma once
#include <crypt.h>

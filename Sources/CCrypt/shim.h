// glibc's companion library: `crypt_r` verifies bcrypt hashes.
#pragma once
#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

// Hashes the phrase as the setting says; returns 0 and fills `output`, or an errno value. Here rather than in Swift
// because `struct crypt_data` is 32 KB of arrays, which Swift imports as tuples. crypt_r wipes its work area itself.
static inline int ccrypt_hash(const char *phrase, const char *setting, char *output, size_t size) {
    struct crypt_data *data = calloc(1, sizeof *data);
    if (data == NULL) return ENOMEM;
    const char *hash = crypt_r(phrase, setting, data);
    int result = EINVAL;
    // A failure is NULL or a string that begins with '*' (crypt(3)).
    if (hash != NULL && hash[0] != '*' && strlen(hash) < size) {
        strcpy(output, hash);
        result = 0;
    }
    free(data);
    return result;
}

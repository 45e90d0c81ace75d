// What Swift cannot call of libcurl: `curl_easy_setopt` and `curl_easy_getinfo` are variadic.
#pragma once
#include <curl/curl.h>

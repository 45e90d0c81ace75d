// What Swift cannot call of libcurl: its variadic functions, one typed shim for each kind of argument.
#pragma once
#include <curl/curl.h>

// Options that take a long; a C int would be passed in the wrong width.
static inline CURLcode shim_easy_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

// Options that take a string, which libcurl copies; NULL unsets it.
static inline CURLcode shim_easy_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

// Options that take an untyped pointer (callback data, the error buffer, a private pointer).
static inline CURLcode shim_easy_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

// Options that take a curl_off_t (sizes).
static inline CURLcode shim_easy_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

// The header list has a type of its own.
static inline CURLcode shim_easy_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

// Body and header callbacks share one signature.
typedef size_t (*shim_receiver)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode shim_easy_set_receiver(CURL *handle, CURLoption option, shim_receiver value) {
    return curl_easy_setopt(handle, option, value);
}

// A new socket is handed to a callback of this signature before it connects.
typedef int (*shim_socket_setup)(void *context, curl_socket_t socket, curlsocktype purpose);
static inline CURLcode shim_easy_set_socket_setup(CURL *handle, CURLoption option, shim_socket_setup value) {
    return curl_easy_setopt(handle, option, value);
}

// Answers of type long (the response code).
static inline CURLcode shim_easy_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

// Answers of type curl_off_t (times in microseconds).
static inline CURLcode shim_easy_get_size(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

// Options of the multi handle that take a long.
static inline CURLMcode shim_multi_set_long(CURLM *handle, CURLMoption option, long value) {
    return curl_multi_setopt(handle, option, value);
}

// The result is in a union, which only some messages fill.
static inline CURLcode shim_message_result(const CURLMsg *message) {
    return message->data.result;
}

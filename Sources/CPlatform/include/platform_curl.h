#pragma once
// libcurl's options and infos are variadic, which Swift cannot call. One typed function for each kind of argument; the
// handles and option numbers are plain C types here, so that this header needs none of curl's.
// Each answers the CURLcode, or CURLMcode, of the call.
#include <stddef.h>

int platform_curl_set_long(void *_Nonnull easy, unsigned option, long value);
int platform_curl_set_offset(void *_Nonnull easy, unsigned option, long long value);
/// The text is copied. NULL resets the option, which for several is not the same as leaving it.
int platform_curl_set_string(void *_Nonnull easy, unsigned option, const char *_Nullable value);
/// The pointer is kept: it must live until the transfer has ended.
int platform_curl_set_pointer(void *_Nonnull easy, unsigned option, const void *_Nullable value);

typedef size_t (*platform_curl_sink)(char *_Nullable bytes, size_t size, size_t count, void *_Nullable context);
/// Where the body and the header lines go. The context must live until the transfer has ended.
int platform_curl_set_sinks(void *_Nonnull easy, platform_curl_sink _Nonnull body, platform_curl_sink _Nonnull header,
                            void *_Nullable context);

/// Sockets are close-on-exec from their first moment, so that no child inherits a connection.
int platform_curl_close_sockets_on_exec(void *_Nonnull easy);

int platform_curl_get_long(void *_Nonnull easy, unsigned info, long *_Nonnull value);
int platform_curl_get_offset(void *_Nonnull easy, unsigned info, long long *_Nonnull value);

int platform_curl_multi_set_long(void *_Nonnull multi, unsigned option, long value);
/// Takes the next finished transfer off the list: 1 with its CURLcode in `result`, 0 when there is none.
int platform_curl_multi_finished(void *_Nonnull multi, int *_Nonnull result);

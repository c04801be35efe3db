#include "platform_curl.h"

#include <curl/curl.h>
#include <sys/socket.h>

// The parentheses keep curl's type-checking macros away: the option is not a constant here.

int platform_curl_set_long(void *easy, unsigned option, long value) {
    return (int)(curl_easy_setopt)(easy, (CURLoption)option, value);
}

int platform_curl_set_offset(void *easy, unsigned option, long long value) {
    return (int)(curl_easy_setopt)(easy, (CURLoption)option, (curl_off_t)value);
}

int platform_curl_set_string(void *easy, unsigned option, const char *value) {
    return (int)(curl_easy_setopt)(easy, (CURLoption)option, value);
}

int platform_curl_set_pointer(void *easy, unsigned option, const void *value) {
    return (int)(curl_easy_setopt)(easy, (CURLoption)option, value);
}

int platform_curl_set_sinks(void *easy, platform_curl_sink body, platform_curl_sink header, void *context) {
    CURLcode code = (curl_easy_setopt)(easy, CURLOPT_WRITEFUNCTION, body);
    if (code == CURLE_OK) code = (curl_easy_setopt)(easy, CURLOPT_WRITEDATA, context);
    if (code == CURLE_OK) code = (curl_easy_setopt)(easy, CURLOPT_HEADERFUNCTION, header);
    if (code == CURLE_OK) code = (curl_easy_setopt)(easy, CURLOPT_HEADERDATA, context);
    return (int)code;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int platform_curl_close_sockets_on_exec(void *easy) {
    return (int)(curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

int platform_curl_get_long(void *easy, unsigned info, long *value) {
    return (int)(curl_easy_getinfo)(easy, (CURLINFO)info, value);
}

int platform_curl_get_offset(void *easy, unsigned info, long long *value) {
    curl_off_t offset = 0;
    CURLcode code = (curl_easy_getinfo)(easy, (CURLINFO)info, &offset);
    *value = offset;
    return (int)code;
}

int platform_curl_multi_set_long(void *multi, unsigned option, long value) {
    return (int)(curl_multi_setopt)(multi, (CURLMoption)option, value);
}

int platform_curl_multi_finished(void *multi, int *result) {
    int queued = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &queued)) != NULL;) {
        if (message->msg == CURLMSG_DONE) {
            *result = (int)message->data.result;
            return 1;
        }
    }
    return 0;
}

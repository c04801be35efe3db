#include "platform_git.h"

#include <git2.h>
#include <git2/sys/transport.h>
#include <stdlib.h>

// libgit2 wants structs that begin with its own: the layout is C's to promise.

struct subtransport {
    git_smart_subtransport base;
    struct platform_git_connection connection;
    int stateless;
    struct stream *open;
};

struct stream {
    git_smart_subtransport_stream base;
    struct subtransport *owner;
};

static int stream_read(git_smart_subtransport_stream *base, char *buffer, size_t size, size_t *count) {
    struct platform_git_connection *connection = &((struct stream *)base)->owner->connection;
    *count = 0;
    return connection->read(connection->context, buffer, size, count);
}

static int stream_write(git_smart_subtransport_stream *base, const char *bytes, size_t size) {
    struct platform_git_connection *connection = &((struct stream *)base)->owner->connection;
    return connection->write(connection->context, bytes, size);
}

static void stream_free(git_smart_subtransport_stream *base) {
    struct stream *stream = (struct stream *)base;
    struct platform_git_connection *connection = &stream->owner->connection;
    connection->end(connection->context);
    if (stream->owner->open == stream) {
        stream->owner->open = NULL;
    }
    free(stream);
}

static int subtransport_action(git_smart_subtransport_stream **out, git_smart_subtransport *base, const char *url,
                               git_smart_service_t service) {
    (void)url;
    struct subtransport *subtransport = (struct subtransport *)base;
    if (service != GIT_SERVICE_UPLOADPACK_LS && service != GIT_SERVICE_UPLOADPACK) {
        git_error_set_str(GIT_ERROR_NET, "only fetching is supported");
        return GIT_ERROR;
    }
    // One conversation: libgit2 asks for the same stream again when it goes on to the pack.
    if (!subtransport->stateless && subtransport->open != NULL) {
        *out = &subtransport->open->base;
        return 0;
    }
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        git_error_set_oom();
        return GIT_ERROR;
    }
    int wants = service == GIT_SERVICE_UPLOADPACK;
    int code = subtransport->connection.begin(subtransport->connection.context, wants);
    if (code < 0) {
        free(stream);
        return code;
    }
    stream->base.subtransport = base;
    stream->base.read = stream_read;
    stream->base.write = stream_write;
    stream->base.free = stream_free;
    stream->owner = subtransport;
    subtransport->open = stream;
    *out = &stream->base;
    return 0;
}

// The stream is freed by libgit2, and that ends the exchange.
static int subtransport_close(git_smart_subtransport *base) {
    (void)base;
    return 0;
}

static void subtransport_free(git_smart_subtransport *base) {
    free(base);
}

struct recipe {
    const struct platform_git_connection *connection;
    int stateless;
};

static int subtransport_new(git_smart_subtransport **out, git_transport *owner, void *parameter) {
    (void)owner;
    const struct recipe *recipe = parameter;
    struct subtransport *subtransport = calloc(1, sizeof *subtransport);
    if (subtransport == NULL) {
        git_error_set_oom();
        return GIT_ERROR;
    }
    subtransport->base.action = subtransport_action;
    subtransport->base.close = subtransport_close;
    subtransport->base.free = subtransport_free;
    subtransport->connection = *recipe->connection;
    subtransport->stateless = recipe->stateless;
    *out = &subtransport->base;
    return 0;
}

int platform_git_smart_transport(void **out, void *owner, const struct platform_git_connection *connection,
                                 int stateless) {
    struct recipe recipe = {connection, stateless};
    // Used by git_transport_smart before it returns, and not kept.
    git_smart_subtransport_definition definition = {subtransport_new, (unsigned)stateless, &recipe};
    git_transport *transport = NULL;
    int code = git_transport_smart(&transport, owner, &definition);
    *out = transport;
    return code;
}

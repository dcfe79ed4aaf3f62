# One image with all programs; a container's command names which one it runs.
# Build: docker build --tag bevaka .
# BuildKit is needed (Docker 23 or newer has it on; before, DOCKER_BUILDKIT=1).

FROM rust:1.95-slim-bookworm AS builder
WORKDIR /build
# cc for the parts that are C: SQLite, ring, mimalloc.
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
COPY . .
# A program's table of addresses is a tenth of it; packed it is next to nothing. The C library reads it so from 2.36 on.
ENV RUSTFLAGS="-C link-arg=-Wl,-z,pack-relative-relocs"
# Cargo tells what changed by the time of a file, and a checkout of older sources has older ones than what the cache was
# built from: touched, everything of ours is built anew, and only libraries come out of the cache.
#
# The services are built apart from the sandbox, whose features they must not get. The caches are not part of a layer, so
# the programs are copied out of them in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,sharing=locked \
    find . -path ./target -prune -o -type f -exec touch {} + \
    && cargo build --locked --profile dist \
        --package bevaka-agreements --package bevaka-watches --package bevaka-dispatcher --package bevaka-operators \
    && cargo build --locked --profile dist --package bevaka --package bevaka-sandbox \
    && install -D --target-directory=/out \
        target/dist/bevaka target/dist/bevaka-agreements target/dist/bevaka-watches \
        target/dist/bevaka-dispatcher target/dist/bevaka-operators target/dist/bevaka-sandbox

# The files that the programs need of a system: the C library, the authorities that mail servers, gateways and brokers are
# trusted by, a user. No shell and no package manager are among them.
FROM debian:bookworm-slim AS system
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=builder /out /out
RUN mkdir -p /system/etc/ssl/certs /system/tmp /system/var/lib/bevaka \
    && ldd /out/* | grep --only-matching '/[^ ]*\.so[^ ]*' | sort -u | xargs cp --parents --dereference --target-directory=/system \
    && cp /etc/ssl/certs/ca-certificates.crt /system/etc/ssl/certs/ \
    && echo 'bevaka:x:10001:10001::/var/lib/bevaka:/sbin/nologin' > /system/etc/passwd \
    && echo 'bevaka:x:10001:' > /system/etc/group \
    && chmod 1777 /system/tmp \
    && chown 10001:10001 /system/var/lib/bevaka

FROM scratch AS runtime
COPY --from=system /system /
COPY --from=builder /out/bevaka /usr/local/bin/bevaka
COPY --from=builder /out/bevaka-agreements /usr/local/bin/bevaka-agreements
COPY --from=builder /out/bevaka-watches /usr/local/bin/bevaka-watches
COPY --from=builder /out/bevaka-dispatcher /usr/local/bin/bevaka-dispatcher
COPY --from=builder /out/bevaka-operators /usr/local/bin/bevaka-operators
COPY --from=builder /out/bevaka-sandbox /usr/local/bin/bevaka-sandbox
COPY config /etc/bevaka
# The one directory that any program writes to, and only `bevaka up` and the sandbox do.
ENV BEVAKA_CONFIG_DIR=/etc/bevaka \
    BEVAKA__PROCESS__DATA_DIR=/var/lib/bevaka
WORKDIR /var/lib/bevaka
# By number, so that Kubernetes' runAsNonRoot can see that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM
CMD ["bevaka", "--help"]

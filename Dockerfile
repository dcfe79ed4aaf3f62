# syntax=docker/dockerfile:1.7
# One image with all programs; a container's command names which one it runs.
# Build: docker build --tag bevaka .

FROM rust:1.95-slim-bookworm AS builder
WORKDIR /build
# cc for the parts that are C: SQLite, ring, mimalloc.
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
COPY . .
# The caches are not part of a layer, so the programs are copied out of them in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,sharing=locked \
    cargo build --locked --release \
        --bin bevaka --bin bevaka-agreements --bin bevaka-watches --bin bevaka-dispatcher --bin bevaka-sandbox \
    && install -D --target-directory=/out \
        target/release/bevaka target/release/bevaka-agreements target/release/bevaka-watches \
        target/release/bevaka-dispatcher target/release/bevaka-sandbox

FROM debian:bookworm-slim AS runtime
# The authorities that mail servers, gateways and brokers are trusted by; curl asks /health/ready in health checks.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 bevaka \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/bevaka --create-home --shell /usr/sbin/nologin bevaka
COPY --from=builder /out/bevaka /usr/local/bin/bevaka
COPY --from=builder /out/bevaka-agreements /usr/local/bin/bevaka-agreements
COPY --from=builder /out/bevaka-watches /usr/local/bin/bevaka-watches
COPY --from=builder /out/bevaka-dispatcher /usr/local/bin/bevaka-dispatcher
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

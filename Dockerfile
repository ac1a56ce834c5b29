# The program, built from the committed lock file.
FROM rust:1.95-bookworm AS build
WORKDIR /build

# Dependencies first, behind stand-ins for the program: as long as Cargo.lock stays, this is cached.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src \
    && echo 'fn main() {}' > src/main.rs \
    && touch src/lib.rs \
    && cargo build --release --locked \
    && rm -r src

COPY migrations migrations
COPY openapi openapi
COPY src src
# Copied files are older than the stand-ins' build, which cargo would take for up to date.
RUN touch src/main.rs src/lib.rs && cargo build --release --locked

# What runs: glibc, the certificates of the public authorities, the program, and nothing to build with.
FROM debian:bookworm-slim
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /build/target/release/redvest /usr/local/bin/redvest

RUN install --directory --owner=10001 --group=10001 --mode=0750 /data
USER 10001:10001
WORKDIR /data
VOLUME /data

ENV REDVEST_DATA_DIR=/data \
    REDVEST_LISTEN=0.0.0.0:8080
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["redvest", "health"]

ENTRYPOINT ["redvest"]
CMD ["serve"]

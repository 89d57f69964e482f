# The image of the bot and of job containers: mooring, OpenTofu, git. Built by the release (`docker buildx build` over the folder that
# scripts/programs.sh fills, see docs/getting-started.md); the program in it is the one of the release, byte for byte.
FROM ghcr.io/opentofu/opentofu:1.12.6-minimal AS engine

FROM alpine:3.22@sha256:14358309a308569c32bdc37e2e0e9694be33a9d99e68afb0f5ff33cc1f695dce
ARG TARGETPLATFORM
RUN apk add --no-cache ca-certificates git && adduser -D -u 10001 mooring && install -d -o mooring -g mooring /work /cache
COPY --from=engine --chmod=0755 /usr/local/bin/tofu /usr/local/bin/tofu
COPY --chmod=0755 ${TARGETPLATFORM}/mooring /usr/local/bin/mooring
USER 10001:10001
WORKDIR /work
ENV MOORING_CACHE_DIR=/cache CHECKPOINT_DISABLE=1
VOLUME ["/cache"]
ENTRYPOINT ["/usr/local/bin/mooring"]
CMD ["help"]

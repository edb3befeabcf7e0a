# Targets: web, api, loadgen, simulator, and slicechat (the default), which runs all of them as `npm start` does.
# How to build and run them: docs/images.md. No instruction needs BuildKit, so Kaniko and buildah build it too.

# Both bases are replaceable: the first needs Node 24, npm and a shell, the second Node 24 alone in its PATH or in /nodejs/bin.
ARG BUILD_BASE=docker.io/library/node:24.21.0-trixie-slim@sha256:173f125896c3b47ddf056734c7ea789d04595a6a08769a8f78e0df642781fb66
ARG RUNTIME_BASE=gcr.io/distroless/nodejs24-debian13:nonroot@sha256:9eeb7f5887d0e239e78264b06f7f11d2e14be534050481803a9e4728fcdd278e

FROM ${BUILD_BASE} AS build
# A file in the base image with the certificates of a registry that it does not trust by default.
ARG NODE_EXTRA_CA_CERTS
WORKDIR /src
# Fetched with the lockfile only, so that this layer stays until a dependency changes.
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
RUN npm install --global "pnpm@$(sed -n 's/^  pnpm: //p' pnpm-workspace.yaml)" && pnpm fetch
COPY . .
# Install scripts stay off: nothing here runs the Node that the package `node` would download. runs.
RUN pnpm install --offline --frozen-lockfile --ignore-scripts && node scripts/bundle.ts
# File modes of the checkout and the current time would change the digest.
RUN mkdir -p /out/data && mv dist /out/app && chmod -R u=rwX,go=rX /out && find /out -exec touch -h -d @0 {} +

FROM ${RUNTIME_BASE} AS runtime
ENV NODE_ENV=production PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["node"]
ARG RUNTIME_BASE
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.vendor="Slicechat" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${RUNTIME_BASE}"

FROM runtime AS web
COPY --from=build /out/app/web /app
ENV HOST=0.0.0.0
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1))"]
LABEL org.opencontainers.image.title="slicechat-web" \
      org.opencontainers.image.description="The page of Slicechat and the server that forwards its calls to the API"
CMD ["/app/main.js"]

FROM runtime AS api
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/app/api /app
ENV HOST=0.0.0.0 DATA_DIR=/data SQLITE_TMPDIR=/data
EXPOSE 4000 9100
VOLUME /data
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1))"]
LABEL org.opencontainers.image.title="slicechat-api" \
      org.opencontainers.image.description="Typed chat API before an OpenAI-compatible model server, with metrics for each token"
CMD ["/app/main.js"]

FROM runtime AS loadgen
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/app/loadgen /app
# Reports are written to runs/ below the working folder.
WORKDIR /data
VOLUME /data
HEALTHCHECK NONE
LABEL org.opencontainers.image.title="slicechat-loadgen" \
      org.opencontainers.image.description="Load tester for LLM chat that compares what client, API, vLLM and GPU counted"
ENTRYPOINT ["node", "/app/main.js"]
CMD ["--help"]

FROM runtime AS simulator
COPY --from=build /out/app/simulator /app
ENV SIM_HOST=0.0.0.0
EXPOSE 8000 9400
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.SIM_PORT || 8000) + '/health').then((answer) => process.exit(answer.ok ? 0 : 1))"]
LABEL org.opencontainers.image.title="slicechat-simulator" \
      org.opencontainers.image.description="Stands in for vLLM and the DCGM exporter on one slice of a GPU"
ENTRYPOINT ["node", "/app/main.js"]

FROM runtime AS slicechat
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/app /app
# Only the page is opened; API, metrics and simulator stay on the container's loopback address.
ENV HOST=0.0.0.0 DATA_DIR=/data SQLITE_TMPDIR=/data
EXPOSE 3000
VOLUME /data
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "const { WEB_PORT, API_PORT } = process.env; const urls = [(WEB_PORT || 3000) + '/healthz', (API_PORT || 4000) + '/readyz']; Promise.all(urls.map((url) => fetch('http://127.0.0.1:' + url))).then((answers) => process.exit(answers.every(({ ok }) => ok) ? 0 : 1))"]
LABEL org.opencontainers.image.title="slicechat" \
      org.opencontainers.image.description="A good chat, a typed API and honest measurement for an LLM on one slice of a GPU"
CMD ["/app/slicechat/main.js"]

# Builds the server and the admin app; the last stage holds only runtime files.
# Exact version; docs/operating.md says how to pin the digest.
ARG NODE_IMAGE=node:22.23.3-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY server/package.json server/
COPY admin/package.json admin/
COPY sdk/package.json sdk/
COPY mcp/package.json mcp/
COPY e2e/package.json e2e/
COPY examples/applications-service/package.json examples/applications-service/
RUN npm ci --no-audit --no-fund
COPY . .
RUN npx nx run-many -t build -p @bpoc/server @bpoc/admin

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY server/package.json server/
COPY admin/package.json admin/
COPY sdk/package.json sdk/
COPY mcp/package.json mcp/
COPY e2e/package.json e2e/
COPY examples/applications-service/package.json examples/applications-service/
# Without the embedded database, which is for development: the container requires DATABASE_URL.
RUN npm ci --no-audit --no-fund --omit=dev --omit=optional --workspace server && mkdir -p server/node_modules

FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/server/node_modules server/node_modules
COPY --from=build /app/package.json .
COPY --from=build /app/server/package.json server/
COPY --from=build /app/server/start.cjs server/
COPY --from=build /app/server/dist server/dist
COPY --from=build /app/admin/dist admin/dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/start.cjs"]

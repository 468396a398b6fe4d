# With @sha256:... behind it the base cannot change unseen: docs/deployment.md has how to look it up.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build

RUN python -m venv /opt/mini-twitter
ENV PATH=/opt/mini-twitter/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src

# What we depend on changes seldom. Each file is the one that was looked at, or nothing is installed.
COPY requirements-image.lock ./
RUN pip install --require-hashes -r requirements-image.lock

COPY setup.cfg pyproject.toml build_backend.py README.md ./
COPY mini_twitter mini_twitter
COPY demo demo
COPY clients/javascript/src clients/javascript/src
COPY server server
COPY handlers handlers
COPY realtime realtime
COPY storage storage
RUN pip install --no-deps .


FROM ${BASE}

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Mini-Twitter" \
    org.opencontainers.image.description="A realtime chat and feed server" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"

RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/mini-twitter mini-twitter \
    && install -d -o mini-twitter -g mini-twitter -m 0700 \
        /var/lib/mini-twitter /var/lib/mini-twitter/data
COPY --from=build /opt/mini-twitter /opt/mini-twitter
ENV PATH=/opt/mini-twitter/bin:$PATH PYTHONUNBUFFERED=1

# A number, by which Kubernetes sees that it is not root.
USER 10001:10001
# The default of --data-dir is ./data
WORKDIR /var/lib/mini-twitter
VOLUME /var/lib/mini-twitter/data

EXPOSE 8000
# Never by way of a proxy that the container's environment may name.
HEALTHCHECK --interval=10s --timeout=3s --start-period=45s --retries=3 \
    CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/healthz', timeout=2)"]

ENTRYPOINT ["mini-twitter"]
CMD ["serve", "--host", "0.0.0.0"]

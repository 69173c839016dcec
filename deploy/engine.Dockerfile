# The inference server: MLServer with the released networks in the image, so that a tag names one release for good.
# Built after the bot's image, from the repository's root: docker build --file deploy/engine.Dockerfile --tag nevus-engine .
ARG NEVUS_IMAGE=nevus:0.18.0

FROM ${NEVUS_IMAGE} AS release
RUN ["nevus", "models", "repository", "/tmp/models"]

FROM python:3.11.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/serve.txt /src/requirements/
RUN python -m venv /opt/serve \
    && /opt/serve/bin/pip install --require-hashes -r /src/requirements/serve.txt \
    && /opt/serve/bin/pip uninstall --yes pip setuptools \
    && find /opt/serve -depth -type d -name tests -exec rm -rf {} +
COPY inference/ /opt/app/inference/
RUN python -m compileall -q -j 0 /opt/serve/lib /opt/app

FROM python:3.11.11-slim-bookworm AS run
LABEL org.opencontainers.image.title="Nevus engine" \
      org.opencontainers.image.description="The released networks of Nevus behind the Open Inference Protocol; a research prototype." \
      org.opencontainers.image.licenses="Apache-2.0 AND CC-BY-NC-4.0"
ENV PATH=/opt/serve/bin:$PATH \
    PYTHONPATH=/opt/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    ORT_DISABLE_TELEMETRY=1
RUN groupadd --gid 10001 nevus && useradd --uid 10001 --gid nevus --no-create-home --shell /usr/sbin/nologin nevus
COPY --from=build /opt/serve /opt/serve
COPY --from=build /opt/app /opt/app
COPY --from=release /tmp/models /models
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080 8081 8082
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import sys, urllib.request as u; sys.exit(u.urlopen('http://127.0.0.1:8080/v2/health/ready', timeout=4).status != 200)"]
ENTRYPOINT ["mlserver"]
CMD ["start", "/models"]

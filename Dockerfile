# Two stages: the first has pip and the sources, the second only what runs. No torch in either.
# The Python version is the one that the tests run on.
FROM python:3.11.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements/run.txt requirements/
RUN python -m venv /opt/nevus && /opt/nevus/bin/pip install --require-hashes -r requirements/run.txt
# Sources last: a change of code leaves the layer of the dependencies as it is.
COPY pyproject.toml README.md LICENSE ./
COPY bot/ bot/
COPY inference/ inference/
COPY models/ models/
COPY storage/ storage/
# Beside the dependencies, not among them, so that the run stage copies them as a small layer of its own.
# Left out: Babel's 30 MB of the world's languages (the bot speaks English and French); of ONNX Runtime 42 MB that
# Python never loads: the library for programs in C, and the tools that make graphs.
# The bytecode is shipped because the run stage's file system is read-only: without it each start would compile.
RUN /opt/nevus/bin/pip install --no-deps --no-build-isolation --target /opt/app . \
    && /opt/nevus/bin/pip uninstall --yes pip setuptools \
    && find /opt/nevus -depth -type d -name tests -exec rm -rf {} + \
    && find /opt/nevus -path '*/babel/locale-data/*.dat' ! -name 'en*' ! -name 'fr*' ! -name root.dat -delete \
    && rm -r /opt/nevus/lib/python3.11/site-packages/onnxruntime/capi/libonnxruntime.so.* \
        /opt/nevus/lib/python3.11/site-packages/onnxruntime/transformers \
        /opt/nevus/lib/python3.11/site-packages/onnxruntime/quantization \
        /opt/nevus/lib/python3.11/site-packages/onnxruntime/tools \
    && python -m compileall -q -j 0 /opt/nevus/lib /opt/app

FROM python:3.11.11-slim-bookworm AS run
LABEL org.opencontainers.image.title="Nevus" \
      org.opencontainers.image.description="A melanoma triage assistant in a Telegram chat; a research prototype." \
      org.opencontainers.image.licenses="Apache-2.0 AND CC-BY-NC-4.0"
ENV PATH=/opt/app/bin:/opt/nevus/bin:$PATH \
    PYTHONPATH=/opt/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NEVUS_ENV=production \
    NEVUS_DATA_DIR=/data \
    NEVUS_LOG_FORMAT=json \
    NEVUS_MONITOR_PORT=9464 \
    ORT_DISABLE_TELEMETRY=1
RUN groupadd --gid 10001 nevus && useradd --uid 10001 --gid nevus --no-create-home --shell /usr/sbin/nologin nevus \
    && install -d -o nevus -g nevus -m 700 /data
COPY --from=build /opt/nevus /opt/nevus
COPY --from=build /opt/app /opt/app
USER 10001:10001
WORKDIR /data
VOLUME /data
# SIGTERM finishes or hands back what is in work: allow at least 30 s (docker stop --time 30), see deploy/compose.yaml.
STOPSIGNAL SIGTERM
# On loopback, in the container; deploy/compose.yaml opens it to Prometheus.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["python", "-m", "bot.monitor.probe"]
ENTRYPOINT ["nevus"]
CMD ["run"]

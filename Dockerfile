# One image for the one service of docker-compose.yml: the same Airflow as `make up`.
FROM python:3.11-slim AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
RUN python -m venv /opt/venv && /opt/venv/bin/python -m pip install --no-cache-dir uv==0.13.9
WORKDIR /opt/lendmart
COPY requirements.lock ./
# Every file is checked against the hashes of the lock.
RUN /opt/venv/bin/uv pip install --no-cache --compile-bytecode --python /opt/venv/bin/python --require-hashes -r requirements.lock
COPY . .
RUN /opt/venv/bin/uv pip install --no-cache --compile-bytecode --python /opt/venv/bin/python --no-deps --no-build-isolation -e .

FROM python:3.11-slim
ARG LENDMART_CODE_SHA=unknown
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LENDMART_HOME=/var/lib/lendmart \
    LENDMART_UI_HOST=0.0.0.0 \
    LENDMART_CODE_SHA=$LENDMART_CODE_SHA
RUN useradd --create-home --uid 10001 lendmart && install -d -o lendmart -g lendmart -m 0750 /var/lib/lendmart
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/lendmart /opt/lendmart
WORKDIR /opt/lendmart
USER 10001
VOLUME /var/lib/lendmart
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=15s --start-period=90s --retries=3 \
    CMD ["python", "-m", "lendmart.airflow.up", "--check"]
CMD ["python", "-m", "lendmart.airflow.up"]

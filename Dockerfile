# The portal as it runs in production: one wheel, the locked dependencies, nobody's root.
#   docker build -t nest-pay .
#   docker run --env-file production.env -p 8000:8000 nest-pay
# The same image runs the worker: `docker run … nest-pay worker`.
FROM python:3.13-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /src
COPY requirements-uv.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.lock
COPY requirements.lock ./
RUN python -m venv /opt/nest-pay && VIRTUAL_ENV=/opt/nest-pay uv pip sync --require-hashes requirements.lock
COPY . .
RUN uv build --wheel --build-constraints requirements-build.lock --require-hashes \
 && VIRTUAL_ENV=/opt/nest-pay uv pip install --no-deps dist/*.whl

FROM python:3.13-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin portal
COPY --from=build /opt/nest-pay /opt/nest-pay
ENV PATH=/opt/nest-pay/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PORTAL_ENV=production PORTAL_ADDRESS=0.0.0.0:8000
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["portal"]
CMD ["serve"]

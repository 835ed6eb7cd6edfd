# syntax=docker/dockerfile:1
# hadolint global ignore=DL3059
# Each step of the first stage is a layer that a rebuild can keep; none of them is shipped.
# One image, several commands: api run, worker run, scheduler run, db migrate, backup create.
# To take a newer base: docker buildx imagetools inspect python:3.11-slim-bookworm
ARG PYTHON=python:3.11.15-slim-bookworm@sha256:b18992999dbe963a45a8a4da40ac2b1975be1a776d939d098c647482bcad5cba

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ONLY_BINARY=:all:
WORKDIR /src
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv /build
RUN /build/bin/pip install --no-compile --require-hashes -r requirements/build.txt
RUN python -m venv --without-pip /opt/placeops
RUN /build/bin/pip --python /opt/placeops/bin/python install --no-compile --require-hashes -r requirements/runtime.txt
# The console, built by the Node of requirements/build.txt; unlike the wheel, the image is not made without it.
COPY hatch_build.py ./
COPY frontend frontend
RUN /build/bin/python hatch_build.py
COPY . .
RUN /build/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheel .
RUN /build/bin/pip --python /opt/placeops/bin/python install --no-compile --no-deps --no-index /wheel/*.whl
# The root file system is read-only where it runs, and its files never change: nothing is left to check or to write.
RUN /opt/placeops/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/placeops/lib

FROM ${PYTHON}
# Backups need the programs of PostgreSQL 18 (pg_dump refuses a server newer than itself), and Debian 12 has those of 15.
# Debian's postgresql-common brings the key of PostgreSQL's own archive with it.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --yes --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/placeops --shell /usr/sbin/nologin placeops \
    && install -d -o placeops -g placeops -m 0750 /var/lib/placeops /var/lib/placeops/exports /var/lib/placeops/backups
COPY --from=build /opt/placeops /opt/placeops
# In a container nobody but itself reaches loopback.
ENV PATH=/opt/placeops/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PLACEOPS_API_HOST=0.0.0.0 \
    PLACEOPS_EXPORT_DIR=/var/lib/placeops/exports \
    PLACEOPS_BACKUP_DIR=/var/lib/placeops/backups
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="placeOps" \
      org.opencontainers.image.description="Runs a college placement office: API, workers, scheduler" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
USER 10001:10001
WORKDIR /var/lib/placeops
EXPOSE 5000
STOPSIGNAL SIGTERM
ENTRYPOINT ["placeops"]
CMD ["--help"]

FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    KEY_FILE=/key/lukoshko.key

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY bot bot
COPY core core
COPY storage storage
RUN useradd --system --uid 10001 --no-create-home lukoshko \
    && install -d -m 700 -o lukoshko -g lukoshko /data /key

USER lukoshko
VOLUME /data /key
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-m", "bot.heartbeat"]
CMD ["python", "-m", "bot"]

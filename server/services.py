"""Everything a web process works with, opened and closed as one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from handlers.caching.timeline_cache import TimelineCache
from handlers.caching.ttl_cache import TTLCache
from handlers.context import Context
from handlers.edges.event_streams import EventStreams
from handlers.edges.known_origins import KnownOrigins
from handlers.edges.plain_websockets import PlainWebSockets
from handlers.edges.socketio import SocketCommands
from handlers.media.images import open_images
from handlers.media.library import MediaLibrary
from handlers.rate_limits import open_limits
from handlers.reaction_news import ReactionNews
from handlers.replica_reads import ReplicaReads
from handlers.security import vapid
from handlers.security.auth import Authenticator
from handlers.security.passwords import open_passwords
from handlers.security.tokens import Tokens
from realtime.broker.broker import Broker
from realtime.broker.redis.broker import open_broker
from realtime.broker.redis.client import open_redis
from realtime.delivery.audiences import AudienceIndex
from realtime.delivery.hub import Hub
from realtime.delivery.namespace import SocketNamespace
from realtime.delivery.notifier import Notifier
from realtime.delivery.reconciler import Reconciler
from realtime.delivery.stream_host import StreamHost
from realtime.ephemeral.post_watchers import PostWatchers
from realtime.ephemeral.presence import Presence
from realtime.ephemeral.presence_store import PresenceStore
from realtime.tasks import open_tasks
from realtime.transport.plain_server import PlainServer
from realtime.transport.socketio_server import SocketServer
from server import telemetry
from server.config import Config
from server.jobs.mailer import open_mailer
from server.metrics.instance import InstanceMetrics
from storage.database.pool import Database, open_database
from storage.database.replicas import open_replicas
from storage.media.store import media_store
from storage.posts import trends

TRENDS_SECONDS = 60  # old at most: on a large database they take over half a second to find


@dataclass(frozen=True, slots=True)
class Services:
    """What a web process has open, for request handlers, health checks and shutdown."""

    context: Context
    authenticator: Authenticator
    db: Database
    broker: Broker
    hub: Hub
    clients: SocketNamespace
    sockets: SocketServer
    event_streams: EventStreams
    websockets: PlainWebSockets
    metrics: InstanceMetrics

    async def drain(self) -> None:
        """Have the sockets reconnect elsewhere; return when they have gone."""
        self.clients.drain()
        self.sockets.abort_unauthenticated()
        await asyncio.gather(
            self.sockets.wait_closed(), self.event_streams.drain(), self.websockets.server.drain()
        )


@asynccontextmanager
async def open_services(config: Config, sid_prefix: str = "") -> AsyncIterator[Services]:
    """Open everything for the time of the block.

    PostgreSQL and Redis may both be away: each comes into use when it is there.
    """
    async with (
        open_database(config.database_url, media_url=config.media_url) as db,
        open_broker(config.redis_url, cluster=config.redis_cluster) as broker,
        open_limits(config.redis_url, config.rate_limits, cluster=config.redis_cluster) as limits,
        open_redis(config.redis_url, cluster=config.redis_cluster) as redis,
        open_replicas(db, config.database_replica_urls, media_url=config.media_url) as replicas,
        open_tasks() as tasks,
    ):
        with open_passwords(config.bcrypt_rounds) as passwords, open_images() as images:
            tokens = Tokens(
                config.jwt_secret, config.access_token_seconds, config.refresh_token_days
            )
            audiences = AudienceIndex(broker)
            presence = Presence(db, broker, PresenceStore(redis), tasks, audiences)
            post_watchers = PostWatchers(db, broker, tasks, audiences)
            authenticator = Authenticator()
            notifier = Notifier(telemetry.publisher(broker), tasks, authenticator.forget)
            reaction_news = ReactionNews(db, notifier, tasks)
            trending = TTLCache(lambda: replicas.ask(trends.trending), TRENDS_SECONDS)
            media = MediaLibrary(db, media_store(config.media_store_url, config.media_dir), images)
            hub = Hub(db, broker, tasks, audiences, presence, post_watchers)
            context = Context(
                public_url=config.public_url,
                open_to=config.new_accounts_open_to,
                db=db,
                notifier=notifier,
                tokens=tokens,
                passwords=passwords,
                mailer=open_mailer(config),
                limits=limits,
                presence=presence,
                post_watchers=post_watchers,
                streams=StreamHost(hub),
                reaction_news=reaction_news,
                trends=trending,
                media=media,
                timeline_cache=TimelineCache(redis),
                push_public_key=vapid.public_key(config.vapid_private_key),
                http_webhooks=config.http_webhooks,
                replica_reads=ReplicaReads(replicas, redis) if replicas.all else None,
            )
            telemetry.record_deliveries(broker, hub)
            reconciler = Reconciler(hub, db)
            broker.on_gap = reconciler.soon
            reconciler.soon()
            tasks.start(reconciler.run())
            commands = telemetry.commands(SocketCommands)(
                context, authenticator, config.trusted_proxies
            )
            clients = SocketNamespace(hub, db, tasks, commands, config.max_sockets_per_user)
            origins = KnownOrigins(config.public_url, config.cors_origins, config.trusted_proxies)
            sockets = SocketServer(
                clients,
                tasks,
                origins.may_open_socket,
                config.socket_buffer_bytes,
                config.socket_compression,
                sid_prefix,
                limited=config.rate_limits,
            )
            event_streams = EventStreams(
                context,
                clients,
                tasks,
                sockets.eio.batcher,
                config.socket_buffer_bytes,
                public=config.public_streams,
            )
            plain_sockets = PlainServer(clients, sockets, commands.refusal)
            websockets = PlainWebSockets(plain_sockets, clients, origins)
            tasks.start(presence.run())
            tasks.start(reaction_news.run())
            if replicas.all:
                tasks.start(replicas.run())
            metrics = InstanceMetrics(broker, db, replicas.all)
            tasks.start(metrics.run())
            yield Services(
                context,
                authenticator,
                db,
                broker,
                hub,
                clients,
                sockets,
                event_streams,
                websockets,
                metrics,
            )
            await presence.close()

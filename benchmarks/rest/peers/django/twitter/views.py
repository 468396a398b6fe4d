from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.shortcuts import get_object_or_404
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

from twitter.models import Conversation, Like, Notification, Post, Profile, User
from twitter.serializers import MeSerializer, MessageSerializer, PostSerializer, ProfileSerializer


class NewestFirst(CursorPagination):
    page_size = 20
    ordering = "-id"


class PostViewSet(viewsets.ReadOnlyModelViewSet):
    serializer_class = PostSerializer
    pagination_class = NewestFirst

    def get_queryset(self):
        liked = Like.objects.filter(user=self.request.user, post=OuterRef("pk"))
        posts = Post.objects.annotate(liked=Exists(liked))
        return posts.select_related("author").prefetch_related("hashtags")

    @action(detail=False)
    def feed(self, request):
        key = f"feed:{request.user.pk}:{request.query_params.get('cursor', '')}"
        page = cache.get(key) if settings.FEED_CACHE_SECONDS else None
        if page is None:
            mine = self.get_queryset().filter(author__followers__follower=request.user)
            posts = self.paginate_queryset(mine)
            page = self.get_paginated_response(self.get_serializer(posts, many=True).data).data
            if settings.FEED_CACHE_SECONDS:
                cache.set(key, page, settings.FEED_CACHE_SECONDS)
        return Response(page)

    @action(detail=True, methods=["post"])
    def like(self, request, pk):
        post = self.get_object()
        with transaction.atomic():
            _, created = Like.objects.get_or_create(user=request.user, post=post)
            if created:
                Post.objects.filter(pk=pk).update(likes_count=F("likes_count") + 1)
                if post.author_id != request.user.pk:
                    Notification.objects.get_or_create(
                        user=post.author, actor=request.user, kind="like", post=post
                    )
        return Response(self.get_serializer(self.get_object()).data)


class UserViewSet(viewsets.GenericViewSet):
    queryset = User.objects.all()
    serializer_class = MeSerializer

    @action(detail=False)
    def me(self, request):
        return Response(self.get_serializer(request.user).data)


class ProfileViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Profile.objects.select_related("user")
    serializer_class = ProfileSerializer


class ConversationViewSet(viewsets.GenericViewSet):
    serializer_class = MessageSerializer

    def get_queryset(self):
        return Conversation.objects.filter(participants=self.request.user)

    @action(detail=True, methods=["post"])
    def send_message(self, request, pk):
        conversation = get_object_or_404(self.get_queryset(), pk=pk)
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            serializer.save(conversation=conversation, sender=request.user)
            conversation.save(update_fields=["updated_at"])
        return Response(serializer.data, status=status.HTTP_201_CREATED)

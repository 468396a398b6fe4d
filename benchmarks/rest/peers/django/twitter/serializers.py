from rest_framework import serializers

from twitter.models import Message, Post, Profile, User


class UserRefSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "display_name", "avatar"]


class MeSerializer(UserRefSerializer):
    bio = serializers.CharField(source="profile.bio")
    followers_count = serializers.IntegerField(source="profile.followers_count")
    following_count = serializers.IntegerField(source="profile.following_count")
    posts_count = serializers.IntegerField(source="profile.posts_count")

    class Meta(UserRefSerializer.Meta):
        fields = [
            *UserRefSerializer.Meta.fields,
            "email",
            "created_at",
            "bio",
            "followers_count",
            "following_count",
            "posts_count",
        ]


class ProfileSerializer(serializers.ModelSerializer):
    user = UserRefSerializer()

    class Meta:
        model = Profile
        fields = [
            "user",
            "bio",
            "location",
            "website",
            "followers_count",
            "following_count",
            "posts_count",
        ]


class PostSerializer(serializers.ModelSerializer):
    author = UserRefSerializer()
    hashtags = serializers.SlugRelatedField(slug_field="tag", many=True, read_only=True)
    liked = serializers.BooleanField()

    class Meta:
        model = Post
        fields = [
            "id",
            "author",
            "content",
            "image",
            "reply_to",
            "hashtags",
            "likes_count",
            "retweets_count",
            "replies_count",
            "liked",
            "created_at",
            "edited_at",
        ]


class MessageSerializer(serializers.ModelSerializer):
    sender = UserRefSerializer(read_only=True)
    content = serializers.CharField(max_length=4000)
    client_id = serializers.CharField(max_length=128, required=False)

    class Meta:
        model = Message
        fields = ["id", "conversation", "sender", "content", "client_id", "created_at", "edited_at"]
        read_only_fields = ["id", "conversation", "created_at", "edited_at"]

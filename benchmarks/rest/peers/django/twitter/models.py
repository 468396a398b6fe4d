"""The tables that are there: migrations of this project make none."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class User(AbstractBaseUser):
    username = models.TextField(unique=True)
    email = models.TextField(unique=True)
    password = models.TextField(db_column="password_hash")
    last_login = None
    display_name = models.TextField()
    avatar = models.TextField(null=True)
    suspended_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"

    class Meta:
        managed = False
        db_table = "users"

    @property
    def is_active(self):
        return self.suspended_at is None and self.deleted_at is None


class Profile(models.Model):
    user = models.OneToOneField(User, models.CASCADE, primary_key=True)
    bio = models.TextField()
    location = models.TextField()
    website = models.TextField()
    followers_count = models.IntegerField()
    following_count = models.IntegerField()
    posts_count = models.IntegerField()

    class Meta:
        managed = False
        db_table = "profiles"


class Follow(models.Model):
    follower = models.ForeignKey(User, models.CASCADE, related_name="following")
    followed = models.ForeignKey(User, models.CASCADE, related_name="followers")

    class Meta:
        managed = False
        db_table = "follows"


class Hashtag(models.Model):
    tag = models.TextField(unique=True)

    class Meta:
        managed = False
        db_table = "hashtags"


class Post(models.Model):
    author = models.ForeignKey(User, models.CASCADE, related_name="posts")
    content = models.TextField()
    image = models.TextField(null=True)
    reply_to = models.ForeignKey("self", models.SET_NULL, null=True, db_column="reply_to")
    likes_count = models.IntegerField(default=0)
    retweets_count = models.IntegerField(default=0)
    replies_count = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True)
    hashtags = models.ManyToManyField(Hashtag, through="PostHashtag")

    class Meta:
        managed = False
        db_table = "posts"


class PostHashtag(models.Model):
    pk = models.CompositePrimaryKey("post_id", "hashtag_id")
    post = models.ForeignKey(Post, models.CASCADE)
    hashtag = models.ForeignKey(Hashtag, models.CASCADE)
    position = models.SmallIntegerField()

    class Meta:
        managed = False
        db_table = "post_hashtags"


class Like(models.Model):
    user = models.ForeignKey(User, models.CASCADE)
    post = models.ForeignKey(Post, models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        managed = False
        db_table = "likes"
        unique_together = ("user", "post")


class Notification(models.Model):
    user = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    kind = models.TextField()
    actor = models.ForeignKey(User, models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, models.CASCADE, null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        managed = False
        db_table = "notifications"
        unique_together = ("user", "actor", "kind", "post")


class Conversation(models.Model):
    kind = models.TextField()
    title = models.TextField(null=True)
    updated_at = models.DateTimeField(auto_now=True)
    participants = models.ManyToManyField(User, through="Participant")

    class Meta:
        managed = False
        db_table = "conversations"


class Participant(models.Model):
    pk = models.CompositePrimaryKey("conversation_id", "user_id")
    conversation = models.ForeignKey(Conversation, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)

    class Meta:
        managed = False
        db_table = "participants"


class Message(models.Model):
    conversation = models.ForeignKey(Conversation, models.CASCADE)
    sender = models.ForeignKey(User, models.CASCADE)
    content = models.TextField()
    client_id = models.TextField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "messages"

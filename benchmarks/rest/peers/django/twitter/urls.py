from rest_framework.routers import SimpleRouter

from twitter.views import ConversationViewSet, PostViewSet, ProfileViewSet, UserViewSet

router = SimpleRouter()
router.register("api/posts", PostViewSet, "post")
router.register("api/users/profiles", ProfileViewSet, "profile")
router.register("api/users", UserViewSet, "user")
router.register("api/messages", ConversationViewSet, "conversation")
urlpatterns = router.urls

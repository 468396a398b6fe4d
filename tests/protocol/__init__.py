"""The Engine.IO and Socket.IO protocols, case by case, against our own servers."""

"""Client connections: WebSockets and long-polling under Engine.IO and Socket.IO."""

"""What the server says about itself: OpenAPI and AsyncAPI documents, and a page to try it on.

Both documents are made of the route table, the operations, their input schemas and the records that
they answer; there is nothing to keep in step by hand.
"""

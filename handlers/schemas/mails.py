from marshmallow import Schema, fields, validate

TOKEN = fields.String(
    required=True,
    validate=validate.Length(1, 200),
    metadata={"description": "Out of the link in the mail."},
)


class VerifyEmail(Schema):
    token = TOKEN


class Unsubscribe(Schema):
    token = TOKEN

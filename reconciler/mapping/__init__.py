"""Translation: the panel's texts to values of the model, and back, by a kind's descriptor.

Here may live what reads a row or a form as an observed object, and writes a change as calls. No
decision and no request.
"""

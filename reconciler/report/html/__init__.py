"""Reports as one HTML file each: values in, a text out.

What stands here builds elements of a closed vocabulary from values; the style and the script are
files beside the modules. Nothing here opens a page, fetches or runs anything.
"""

import setuptools

DEBUG = False

setuptools.setup(
    name="shop",
    description="A shop",  # one line
    python_requires=">=3.12",
    install_requires=[
        "django",
        "psycopg[binary]",
    ],
    extras_require={
        "test": ["pytest"],
    },
    zip_safe=not DEBUG,
)

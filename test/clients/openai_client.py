"""Does what one test asks with the stock `openai` client, and prints the result as JSON.

    openai_client.py SCENARIO BASE_URL KEY MODEL [ARGUMENTS AS JSON]
"""

import asyncio
import json
import sys

import openai
from pydantic import BaseModel

scenario, base_url, key, model, *rest = sys.argv[1:]
given = json.loads(rest[0]) if rest else {}
settings = {"base_url": base_url, "api_key": key, "max_retries": 0}
client = openai.OpenAI(**settings)


def messages(text):
    return [{"role": "user", "content": text}]


def whole():
    answer = client.chat.completions.create(model=model, messages=messages("[[tokens=9]] Hi"))
    return {"text": answer.choices[0].message.content, "usage": answer.usage.completion_tokens}


def stream():
    chunks = list(client.chat.completions.create(model=model, messages=messages("[[tokens=9]] Hi"), stream=True))
    return {
        "text": "".join(chunk.choices[0].delta.content or "" for chunk in chunks),
        "finish": chunks[-1].choices[0].finish_reason,
        "usages": sum(chunk.usage is not None for chunk in chunks),
    }


def stream_with_usage():
    chunks = list(
        client.chat.completions.create(
            model=model,
            messages=messages("[[tokens=9]] Hi"),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    return {"choices": len(chunks[-1].choices), "usage": chunks[-1].usage.completion_tokens}


def asynchronous():
    async def ask():
        async with openai.AsyncOpenAI(**settings) as own:

            async def one():
                parts = await own.chat.completions.create(
                    model=model, messages=messages("[[tokens=9]] Hi"), stream=True
                )
                return "".join([part.choices[0].delta.content or "" async for part in parts])

            return await asyncio.gather(*(one() for _ in range(5)))

    return {"lengths": [len(text) for text in asyncio.run(ask())]}


def completions():
    asked = {"model": model, "prompt": "[[tokens=9]] Hi", "max_tokens": 20, "temperature": 0}
    answer = client.completions.create(**asked)
    parts = list(client.completions.create(**asked, stream=True))
    return {
        "text": answer.choices[0].text,
        "usage": answer.usage.completion_tokens,
        "streamed": "".join(part.choices[0].text for part in parts),
    }


def models():
    listed = [each.id for each in client.models.list()]
    return {"listed": listed, "one": client.models.retrieve(listed[0]).id}


TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def tools():
    call = client.chat.completions.create(model=model, messages=messages("Weather?"), tools=[TOOL])
    with client.chat.completions.stream(model=model, messages=messages("Weather?"), tools=[TOOL]) as events:
        streamed = events.get_final_completion()
    calls = [answer.choices[0].message.tool_calls[0] for answer in (call, streamed)]
    return [{"name": each.function.name, "arguments": json.loads(each.function.arguments)} for each in calls]


class City(BaseModel):
    name: str
    people: int


def response_format():
    answer = client.chat.completions.parse(model=model, messages=messages("A city"), response_format=City)
    return answer.choices[0].message.parsed.model_dump()


def leave():
    with client.chat.completions.create(model=model, messages=messages("[[tokens=100000]] Hi"), stream=True) as parts:
        for part in parts:
            if part.choices[0].delta.content:
                return {"left": True}


def errors():
    return [error_of(body) for body in given["bodies"]]


def error_of(body):
    own = client.with_options(max_retries=given.get("retries", 0))
    asked = {"model": model, "messages": messages("[[tokens=40]] Hi"), **body}
    text = ""
    try:
        answer = own.chat.completions.create(**asked)
        if asked.get("stream"):
            for part in answer:
                text += part.choices[0].delta.content or ""
    except openai.OpenAIError as problem:
        response = getattr(problem, "response", None)
        return {
            "class": type(problem).__name__,
            "status": getattr(problem, "status_code", None),
            "code": getattr(problem, "code", None),
            "param": getattr(problem, "param", None),
            "retryAfter": response.headers.get("retry-after") if response is not None else None,
            "text": text != "",
        }
    return {"class": None}


print(json.dumps(globals()[scenario]()))
